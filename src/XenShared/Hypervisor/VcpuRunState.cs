namespace XenShared.Hypervisor;

/// <summary>Represents the state of a vCPU in Xen's scheduler (<c>xc_vcpu_getinfo</c>).</summary>
/// <param name="Vcpu">The vCPU's number.</param>
/// <param name="Online">Whether it has been brought up.</param>
/// <param name="Blocked">Whether it waits for an event.</param>
/// <param name="Running">Whether it is on a processor.</param>
/// <param name="CpuTimeNanoseconds">The processor time of the vCPU.</param>
public readonly record struct VcpuRunState(int Vcpu, bool Online, bool Blocked, bool Running, ulong CpuTimeNanoseconds);
