namespace XenShared;

/// <summary>Specifies a link of the path of an event, in the order in which the event passes them.</summary>
public enum EventPathLink
{
    /// <summary>The other end of the channel, and its domain.</summary>
    Sender,

    /// <summary>The binding of the port.</summary>
    Channel,

    /// <summary>The pending bit of the port, which Xen sets first.</summary>
    Pending,

    /// <summary>The mask bit of the port.</summary>
    Mask,

    /// <summary>The queue of the event (FIFO), or the bit of its word in <c>evtchn_pending_sel</c> (two-level).</summary>
    Queue,

    /// <summary>The byte <c>evtchn_upcall_pending</c> of the vCPU.</summary>
    Upcall,

    /// <summary>The state of the domain.</summary>
    Domain,

    /// <summary>The vCPU, which must be online.</summary>
    Vcpu,

    /// <summary>The switch of the vCPU's interrupts: <c>evtchn_upcall_mask</c> of a PV guest, the flag RFLAGS.IF of others.</summary>
    Interrupts,

    /// <summary>The function or interrupt by which Xen notifies the guest.</summary>
    Callback,

    /// <summary>The local APIC of a vCPU of an HVM or PVH guest.</summary>
    Apic,

    /// <summary>The execution of the vCPU.</summary>
    Execution,
}
