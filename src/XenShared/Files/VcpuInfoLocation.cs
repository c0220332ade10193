namespace XenShared.Files;

/// <summary>Represents the location of a vCPU's record, and the state in which it was last seen.</summary>
/// <param name="Vcpu">The vCPU.</param>
/// <param name="Pfn">The guest's frame number of the page.</param>
/// <param name="Frame">The number to map the page with.</param>
/// <param name="Offset">The offset in the page, in bytes.</param>
/// <param name="Evidence">The evidence for the record.</param>
/// <param name="SeenAt">The time when the version was first seen.</param>
/// <param name="Version">The version at that time.</param>
/// <param name="SystemTime">The system time at that time.</param>
/// <param name="CpuTimeNanoseconds">The run time of the vCPU at that time.</param>
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
