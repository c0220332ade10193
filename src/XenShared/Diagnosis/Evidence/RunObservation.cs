using XenShared.Hypervisor;

namespace XenShared.Diagnosis.Evidence;

/// <summary>Represents the state of a vCPU in Xen's scheduler at one time.</summary>
/// <param name="TakenAt">The time of the sample. The scheduler state was read at this time or shortly before.</param>
/// <param name="Vcpu">The scheduler state.</param>
internal readonly record struct RunObservation(DateTimeOffset TakenAt, VcpuRunState Vcpu);
