namespace XenShared.Files;

/// <summary>
/// Represents the location of a vCPU's record (<c>vcpu_info</c>) in guest memory, and its state when the last known version was first seen.
/// </summary>
/// <param name="Vcpu">The vCPU.</param>
/// <param name="Pfn">The guest frame number of the page.</param>
/// <param name="Frame">The number to map the page with: an MFN for PV, otherwise the same as <paramref name="Pfn"/>.</param>
/// <param name="Offset">The offset in the page, in bytes.</param>
/// <param name="Evidence">The evidence for the record.</param>
/// <param name="SeenAt">The time when <paramref name="Version"/> was first seen.</param>
/// <param name="Version">The version counter of the record's clock.</param>
/// <param name="SystemTime">The system time of the record's clock at <paramref name="SeenAt"/>, in nanoseconds.</param>
/// <param name="CpuTimeNanoseconds">The run time of the vCPU at <paramref name="SeenAt"/>.</param>
public sealed record VcpuInfoLocation(
    int Vcpu,
    ulong Pfn,
    ulong Frame,
    int Offset,
    string Evidence,
    DateTimeOffset SeenAt,
    uint Version,
    ulong SystemTime,
    ulong CpuTimeNanoseconds);
