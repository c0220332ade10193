namespace XenShared.Files;

/// <summary>Represents the location of a vCPU's record, and the state in which it was last seen.</summary>
/// <param name="Vcpu">The vCPU.</param>
/// <param name="Pfn">The guest's number of the page.</param>
/// <param name="Frame">The number the page is mapped by.</param>
/// <param name="Offset">Bytes from the page's start.</param>
/// <param name="Evidence">By what it was recognised.</param>
/// <param name="SeenAt">When it was last looked at.</param>
/// <param name="Version">Its version then.</param>
/// <param name="SystemTime">Its system time then.</param>
/// <param name="CpuTimeNanoseconds">What the vCPU had run by then.</param>
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
