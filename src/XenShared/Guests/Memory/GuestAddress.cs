namespace XenShared.Guests.Memory;

/// <summary>Represents an address in a guest's memory.</summary>
/// <param name="Pfn">The guest frame number of the page.</param>
/// <param name="Frame">The number to map the page by: a GFN, or the MFN of a PV guest.</param>
/// <param name="Offset">The offset in the page in bytes; 0 for a whole page.</param>
public readonly record struct GuestAddress(ulong Pfn, ulong Frame, int Offset = 0);
