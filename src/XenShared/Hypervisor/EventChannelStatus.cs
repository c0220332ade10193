namespace XenShared.Hypervisor;

/// <summary>Represents the status of a port from Xen (<c>EVTCHNOP_status</c>).</summary>
/// <param name="Port">The port.</param>
/// <param name="State">The state; null if the port is in use but its state is not known. For example, Xen 4.15 to 4.18 do not report the
/// state of a port that Xen itself consumes.</param>
/// <param name="Vcpu">The vCPU that events are delivered to.</param>
/// <param name="RemoteDomId">The domain at the other end of an interdomain channel, or the domain that may connect to an unbound channel;
/// otherwise null.</param>
/// <param name="RemotePort">The port at the other end of an interdomain channel; otherwise null.</param>
/// <param name="Irq">The number of the interrupt if the port is bound to a physical or virtual interrupt; otherwise null.</param>
public readonly record struct EventChannelStatus(
    uint Port,
    ChannelState? State,
    int Vcpu = 0,
    ushort? RemoteDomId = null,
    uint? RemotePort = null,
    uint? Irq = null)
{
    /// <summary>
    /// Gets a value indicating whether the port is in use, which is true for every state except closed, even for an unknown state.
    /// </summary>
    public bool IsBound => State != ChannelState.Closed;
}
