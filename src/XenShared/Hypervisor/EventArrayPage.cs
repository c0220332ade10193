namespace XenShared.Hypervisor;

/// <summary>Represents a page of a guest's FIFO event array.</summary>
/// <param name="Index">The index in the array. The page contains the words of the ports from 1,024 times the index.</param>
/// <param name="Pfn">The guest frame number of the page.</param>
/// <param name="Frame">The number to map the page with: an MFN for PV, otherwise the same as <paramref name="Pfn"/>.</param>
/// <param name="Bytes">A copy of the page.</param>
public sealed record EventArrayPage(int Index, ulong Pfn, ulong Frame, ReadOnlyMemory<byte> Bytes);
