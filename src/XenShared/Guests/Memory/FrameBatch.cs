namespace XenShared.Guests.Memory;

/// <summary>Some frames of a guest, and how far through its memory they lie.</summary>
/// <param name="Pfns">The guest's own numbers of the frames.</param>
/// <param name="Frames">The numbers to map them by: MFNs of a PV guest, else the same as <paramref name="Pfns"/>.</param>
/// <param name="Position">Frame numbers up to here have been listed.</param>
public readonly record struct FrameBatch(ReadOnlyMemory<ulong> Pfns, ReadOnlyMemory<ulong> Frames, ulong Position);
