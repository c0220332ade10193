namespace XenShared.Guests.Memory;

/// <summary>Represents a batch of a guest's frames.</summary>
/// <param name="Pfns">The guest frame numbers.</param>
/// <param name="Frames">The numbers to map them by: MFNs of a PV guest, else the same as <paramref name="Pfns"/>.</param>
/// <param name="Position">The frame number up to which frames have been listed.</param>
public readonly record struct FrameBatch(ReadOnlyMemory<ulong> Pfns, ReadOnlyMemory<ulong> Frames, ulong Position);
