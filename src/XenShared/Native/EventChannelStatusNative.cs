using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary><c>evtchn_status_t</c>: 24 bytes on every version and architecture. The last two words are a union by status.</summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal struct EventChannelStatusNative
{
    [FieldOffset(0)] public ushort DomId;
    [FieldOffset(4)] public uint Port;
    [FieldOffset(8)] public uint Status;
    [FieldOffset(12)] public uint Vcpu;

    /// <summary>Of unbound and interdomain ports.</summary>
    [FieldOffset(16)] public ushort RemoteDomId;

    /// <summary>Of physical and virtual interrupts.</summary>
    [FieldOffset(16)] public uint Irq;

    /// <summary>Of interdomain ports.</summary>
    [FieldOffset(20)] public uint RemotePort;
}
