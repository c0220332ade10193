namespace XenShared.Files;

/// <summary>Represents the location of the control block of a vCPU in guest memory, and its content when it was last read.</summary>
/// <param name="Vcpu">The vCPU.</param>
/// <param name="Pfn">The guest frame number of the page.</param>
/// <param name="Frame">The number to map the page with: an MFN for PV, otherwise the same as <paramref name="Pfn"/>.</param>
/// <param name="Evidence">The evidence that proves it; null if it is only a candidate.</param>
/// <param name="Content">The 72 bytes of the control block.</param>
public sealed record ControlBlockLocation(int Vcpu, ulong Pfn, ulong Frame, string? Evidence, ReadOnlyMemory<byte> Content);
