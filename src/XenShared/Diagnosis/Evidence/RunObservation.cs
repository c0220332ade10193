using XenShared.Hypervisor;

namespace XenShared.Diagnosis.Evidence;

/// <summary>Represents a vCPU's state in Xen's scheduler at one moment.</summary>
/// <param name="TakenAt">When; not before the scheduler was asked.</param>
/// <param name="Vcpu">What it said.</param>
internal readonly record struct RunObservation(DateTimeOffset TakenAt, VcpuRunState Vcpu);
