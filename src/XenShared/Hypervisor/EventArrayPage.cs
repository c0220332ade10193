namespace XenShared.Hypervisor;

/// <summary>Represents a page of a guest's FIFO event array.</summary>
/// <param name="Index">The index in the array. The page contains the words of 1,024 ports, beginning with port 1,024 * index.</param>
/// <param name="Pfn">The guest frame number of the page; 0 if it was read from the kernel on which this program runs.</param>
/// <param name="Frame">The number to map the page with: an MFN for PV, otherwise the same as <paramref name="Pfn"/>.</param>
/// <param name="Bytes">A copy of the page.</param>
public sealed record EventArrayPage(int Index, ulong Pfn, ulong Frame, ReadOnlyMemory<byte> Bytes);
