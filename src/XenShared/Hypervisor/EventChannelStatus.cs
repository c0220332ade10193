namespace XenShared.Hypervisor;

/// <summary>Xen's answer about one port (<c>EVTCHNOP_status</c>).</summary>
/// <param name="Port">The port.</param>
/// <param name="State">What it is bound to; null when Xen refuses to tell (a port that Xen itself consumes, on 4.15 to 4.18).</param>
/// <param name="Vcpu">The vCPU that is told.</param>
/// <param name="RemoteDomId">Of interdomain and unbound ports.</param>
/// <param name="RemotePort">Of interdomain ports.</param>
/// <param name="Irq">Number of the physical or virtual interrupt.</param>
public readonly record struct EventChannelStatus(
    uint Port,
    ChannelState? State,
    int Vcpu = 0,
    ushort? RemoteDomId = null,
    uint? RemotePort = null,
    uint? Irq = null)
{
    /// <summary>Gets a value indicating whether the port is in use.</summary>
    public bool IsBound => State != ChannelState.Closed;
}
