namespace XenShared;

/// <summary>Specifies what an event channel port is bound to (<c>EVTCHNSTAT_*</c> of <c>xen/include/public/event_channel.h</c>).</summary>
public enum ChannelState
{
    /// <summary>Not in use.</summary>
    Closed,

    /// <summary>Waits for another domain to connect.</summary>
    Unbound,

    /// <summary>Connected to a port of another domain (or of the same).</summary>
    Interdomain,

    /// <summary>A hardware interrupt.</summary>
    PhysicalIrq,

    /// <summary>A virtual interrupt such as the timer.</summary>
    VirtualIrq,

    /// <summary>An interrupt that one vCPU of the domain sends to another.</summary>
    Ipi,
}
