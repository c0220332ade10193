namespace XenShared.Guests.Memory;

/// <summary>Represents an address in a guest's memory.</summary>
/// <param name="Pfn">The guest's own number of the page.</param>
/// <param name="Frame">The number to map the page by: a GFN, or the MFN of a PV guest.</param>
/// <param name="Offset">Bytes from the start of the page; 0 when the whole page is meant.</param>
public readonly record struct GuestAddress(ulong Pfn, ulong Frame, int Offset = 0);
