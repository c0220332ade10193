namespace XenShared.Hypervisor;

/// <summary>Represents the state of a vCPU in Xen's scheduler (<c>xc_vcpu_getinfo</c>).</summary>
/// <param name="Vcpu">The vCPU's number.</param>
/// <param name="Online">Whether the vCPU was started, and has not been taken offline since.</param>
/// <param name="Blocked">Whether it sleeps until an event arrives.</param>
/// <param name="Running">Whether it runs on a physical processor at present.</param>
/// <param name="CpuTimeNanoseconds">The processor time that the vCPU has used.</param>
public readonly record struct VcpuRunState(int Vcpu, bool Online, bool Blocked, bool Running, ulong CpuTimeNanoseconds);
