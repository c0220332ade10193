using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>Represents <c>xc_vcpuinfo_t</c>, which has 24 bytes in every version of Xen.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct VcpuInfoNative
{
    public uint Vcpu;
    public byte Online;
    public byte Blocked;
    public byte Running;
    private readonly byte _padding;
    public ulong CpuTime;
    public uint Cpu;
    private readonly uint _tail;
}
