using XenShared.Hypervisor;

namespace XenShared.Diagnosis.Paths;

/// <summary>Holds the state of an event channel and its vCPU at one read. A value that is not known is null.</summary>
/// <param name="TakenAt">The time of the read.</param>
internal sealed record EventPathRead(DateTimeOffset TakenAt)
{
    /// <summary>Gets the pending bit.</summary>
    public bool? Pending { get; init; }

    /// <summary>Gets the mask bit.</summary>
    public bool? Masked { get; init; }

    /// <summary>
    /// Gets a value indicating whether the event is in an event queue of the guest (FIFO ABI), or the bit of its word is set in
    /// <c>evtchn_pending_sel</c> (two-level ABI).
    /// </summary>
    public bool? Queued { get; init; }

    /// <summary>Gets the upcall pending byte of the vCPU.</summary>
    public bool? UpcallPending { get; init; }

    /// <summary>Gets the upcall mask of the vCPU, which only PV guests use.</summary>
    public bool? UpcallMask { get; init; }

    /// <summary>Gets the state of the vCPU in Xen's scheduler.</summary>
    public VcpuRunState? Run { get; init; }

    /// <summary>Gets the processor state of the vCPU.</summary>
    public VcpuContext? Context { get; init; }
}
