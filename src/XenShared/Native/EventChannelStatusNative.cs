using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>
/// Represents <c>evtchn_status_t</c>, which has 24 bytes in every version and on every architecture. The last 8 bytes are a union whose
/// content depends on the status.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 24)]
internal struct EventChannelStatusNative
{
    [FieldOffset(0)] public ushort DomId;
    [FieldOffset(4)] public uint Port;
    [FieldOffset(8)] public uint Status;
    [FieldOffset(12)] public uint Vcpu;

    /// <summary>The domain at the other end of an interdomain channel, or the domain that may connect to an unbound one.</summary>
    [FieldOffset(16)] public ushort RemoteDomId;

    /// <summary>The number of a physical or virtual interrupt.</summary>
    [FieldOffset(16)] public uint Irq;

    /// <summary>The port at the other end of an interdomain channel.</summary>
    [FieldOffset(20)] public uint RemotePort;
}
