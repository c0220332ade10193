namespace XenShared.Kernel;

/// <summary>Represents the record that the kernel uses for one of its CPUs.</summary>
/// <param name="Vcpu">Xen's number of the vCPU.</param>
/// <param name="Bytes">A copy of the record, 64 bytes.</param>
/// <param name="IsUnstable">Whether its clock was being written at each attempt to read it.</param>
public sealed record KernelVcpuInfo(int Vcpu, ReadOnlyMemory<byte> Bytes, bool IsUnstable);
