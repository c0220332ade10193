namespace XenShared.Guests.Memory;

/// <summary>Represents a batch of a guest's frames.</summary>
/// <param name="Pfns">The guest frame numbers.</param>
/// <param name="Frames">The numbers to map them by: MFNs of a PV guest, else the same as <paramref name="Pfns"/>.</param>
/// <param name="Position">The number of frame numbers that have been checked up to the end of this batch, holes included (
/// <see cref="IFrameList.Count"/>).</param>
public readonly record struct FrameBatch(ReadOnlyMemory<ulong> Pfns, ReadOnlyMemory<ulong> Frames, ulong Position);
