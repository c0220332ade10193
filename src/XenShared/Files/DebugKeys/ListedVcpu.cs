namespace XenShared.Files.DebugKeys;

/// <summary>Represents a vCPU in the output of <c>xl vcpu-list</c>.</summary>
/// <param name="DomId">The domain.</param>
/// <param name="Name">The name of the domain; null if the toolstack had none.</param>
/// <param name="Vcpu">The vCPU's number.</param>
/// <param name="Cpu">The processor on which it runs, or ran last; null if it is offline.</param>
/// <param name="State">Its state; null if it is ready to run or paused, which <c>xl</c> does not distinguish.</param>
/// <param name="HardAffinity">The processors on which it may run; null if the line is cut off there.</param>
/// <param name="SoftAffinity">The processors on which it prefers to run; null before Xen 4.5, or if the line is cut off there.</param>
internal sealed record ListedVcpu(
    ushort DomId,
    string? Name,
    int Vcpu,
    int? Cpu,
    VcpuState? State,
    string? HardAffinity,
    string? SoftAffinity);
