namespace XenShared.Hypervisor;

/// <summary>Represents the status of a port from Xen (<c>EVTCHNOP_status</c>).</summary>
/// <param name="Port">The port.</param>
/// <param name="State">The binding; null if Xen does not reveal it (a port that Xen itself consumes, on 4.15 to 4.18).</param>
/// <param name="Vcpu">The vCPU that events are delivered to.</param>
/// <param name="RemoteDomId">The domain at the other end of an interdomain channel, or the one that may connect to an unbound one.</param>
/// <param name="RemotePort">The port at the other end of an interdomain channel.</param>
/// <param name="Irq">The number of the physical or virtual interrupt.</param>
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
