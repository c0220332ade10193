namespace XenShared.Hypervisor;

/// <summary>One page of a guest's FIFO event array.</summary>
/// <param name="Index">Its place in the array: it holds the words of ports 1,024 times this and on.</param>
/// <param name="Pfn">The guest's number of the page.</param>
/// <param name="Frame">The number it is mapped by: an MFN for PV, else the same.</param>
/// <param name="Bytes">A copy of it.</param>
public sealed record EventArrayPage(int Index, ulong Pfn, ulong Frame, ReadOnlyMemory<byte> Bytes);
