namespace XenShared;

/// <summary>
/// Specifies a link on the path of an event from its sender to the vCPU. The values are in the order in which an event passes the links.
/// </summary>
public enum EventPathLink
{
    /// <summary>The sender: the port at the other end and its domain, Xen itself, or a vCPU of the same domain.</summary>
    Sender,

    /// <summary>The binding of the port. A port that is closed or unbound gets no events.</summary>
    Channel,

    /// <summary>The pending bit of the port, which Xen sets first.</summary>
    Pending,

    /// <summary>The mask bit of the port.</summary>
    Mask,

    /// <summary>
    /// The FIFO queue, which must contain the event; with two-level channels, the bit in <c>evtchn_pending_sel</c> for the word of the
    /// pending bitmap that contains the port.
    /// </summary>
    Queue,

    /// <summary>The byte <c>evtchn_upcall_pending</c> of the vCPU, which shows the guest that events are pending.</summary>
    Upcall,

    /// <summary>The state of the domain, which must not be paused, shut down or dying.</summary>
    Domain,

    /// <summary>The vCPU, which must be online.</summary>
    Vcpu,

    /// <summary>
    /// The interrupts of the vCPU, which must be on: <c>evtchn_upcall_mask</c> of a PV guest, the flag RFLAGS.IF of other guests.
    /// </summary>
    Interrupts,

    /// <summary>The function or interrupt by which Xen notifies the guest.</summary>
    Callback,

    /// <summary>The local APIC of a vCPU of an HVM or PVH guest.</summary>
    Apic,

    /// <summary>The use of processor time by the vCPU, which must run to handle the event.</summary>
    Execution,
}
