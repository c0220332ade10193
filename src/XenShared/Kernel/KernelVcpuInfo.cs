namespace XenShared.Kernel;

/// <summary>Represents the <c>vcpu_info</c> that the kernel has registered for one of its CPUs.</summary>
/// <param name="Vcpu">The number that Xen gave the vCPU, which can differ from the kernel's number of the CPU.</param>
/// <param name="Bytes">A copy of the <c>vcpu_info</c>, 64 bytes.</param>
/// <param name="IsUnstable">Whether Xen was updating the clock in it during every attempt to read it, so the clock must not be
/// used.</param>
public sealed record KernelVcpuInfo(int Vcpu, ReadOnlyMemory<byte> Bytes, bool IsUnstable);
