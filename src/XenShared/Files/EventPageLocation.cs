namespace XenShared.Files;

/// <summary>Represents the location of a page of an event array.</summary>
/// <param name="Index">The index in the array.</param>
/// <param name="Pfn">The guest's frame number.</param>
/// <param name="Frame">The number to map it with.</param>
public sealed record EventPageLocation(int Index, ulong Pfn, ulong Frame);
