namespace XenShared.Guests.Memory;

/// <summary>Represents a batch of a guest's frames.</summary>
/// <param name="Pfns">The guest frame numbers.</param>
/// <param name="Frames">The numbers to map the frames by: the MFNs of a PV guest, otherwise the same as <paramref name="Pfns"/>.</param>
/// <param name="Position">The number of the frame numbers up to the end of this batch, holes included. The last batch reaches
/// <see cref="IFrameList.Count"/>.</param>
public readonly record struct FrameBatch(ReadOnlyMemory<ulong> Pfns, ReadOnlyMemory<ulong> Frames, ulong Position);
