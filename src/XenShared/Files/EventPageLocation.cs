namespace XenShared.Files;

/// <summary>Represents the location of a page of an event array.</summary>
/// <param name="Index">The index of the page in the array, from 0.</param>
/// <param name="Pfn">The guest frame number of the page.</param>
/// <param name="Frame">The number to map the page with: an MFN for PV, otherwise the same as <paramref name="Pfn"/>.</param>
public sealed record EventPageLocation(int Index, ulong Pfn, ulong Frame);
