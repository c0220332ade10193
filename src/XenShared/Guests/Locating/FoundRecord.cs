namespace XenShared.Guests.Locating;

/// <summary>A place in guest memory that looks like a vCPU's record.</summary>
/// <param name="Pfn">The guest's number of its page.</param>
/// <param name="Frame">The number to map the page by.</param>
/// <param name="Offset">Bytes from the page's start.</param>
public readonly record struct FoundRecord(ulong Pfn, ulong Frame, int Offset);
