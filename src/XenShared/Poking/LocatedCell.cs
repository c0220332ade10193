namespace XenShared.Poking;

/// <summary>A place in a guest's memory.</summary>
/// <param name="Frame">The number to map its page by.</param>
/// <param name="Offset">Bytes from the page's start.</param>
public readonly record struct LocatedCell(ulong Frame, int Offset);
