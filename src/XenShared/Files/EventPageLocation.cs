namespace XenShared.Files;

/// <summary>Represents the location of a page of an event array.</summary>
/// <param name="Index">Its place in the array.</param>
/// <param name="Pfn">The guest's number of it.</param>
/// <param name="Frame">The number it is mapped by.</param>
public sealed record EventPageLocation(int Index, ulong Pfn, ulong Frame);
