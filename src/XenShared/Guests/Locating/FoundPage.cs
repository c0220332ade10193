namespace XenShared.Guests.Locating;

/// <summary>A page of guest memory that looks like one of the event array.</summary>
/// <param name="Pfn">The guest's number of it.</param>
/// <param name="Frame">The number to map it by.</param>
public readonly record struct FoundPage(ulong Pfn, ulong Frame);
