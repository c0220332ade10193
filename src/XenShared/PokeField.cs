namespace XenShared;

/// <summary>
/// Specifies the kind of field that a poke changes. The kind decides which checks (guards) must permit the write, and how it is undone.
/// </summary>
public enum PokeField
{
    /// <summary>A port's mask bit in the shared page.</summary>
    Mask,

    /// <summary>A port's pending bit in the shared page.</summary>
    Pending,

    /// <summary>A vCPU's upcall pending byte (<c>evtchn_upcall_pending</c>).</summary>
    UpcallPending,

    /// <summary>A PV vCPU's upcall mask (<c>evtchn_upcall_mask</c>), which is set while its interrupts are off.</summary>
    UpcallMask,

    /// <summary>A vCPU's <c>evtchn_pending_sel</c>, with a bit for each word of the pending bitmap that the vCPU must check.</summary>
    PendingSelector,

    /// <summary>Another field of the shared page, given by its name.</summary>
    Field,

    /// <summary>The wall clock, which is written under its version counter. The values of such a poke are nanoseconds since 1970.</summary>
    WallClock,

    /// <summary>A port's mask bit in a FIFO event array.</summary>
    EventWordMask,

    /// <summary>A real event, sent by Xen. It cannot be undone.</summary>
    Event,
}
