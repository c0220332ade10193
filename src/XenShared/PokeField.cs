namespace XenShared;

/// <summary>Specifies the kind of field that a poke changed, which decides its guards and how it is undone.</summary>
public enum PokeField
{
    /// <summary>A port's mask bit in the page.</summary>
    Mask,

    /// <summary>A port's pending bit in the page.</summary>
    Pending,

    /// <summary>A vCPU's upcall pending byte (<c>evtchn_upcall_pending</c>).</summary>
    UpcallPending,

    /// <summary>A PV vCPU's upcall mask (<c>evtchn_upcall_mask</c>): interrupts off.</summary>
    UpcallMask,

    /// <summary>The words of the pending bitmap that a vCPU must check (<c>evtchn_pending_sel</c>).</summary>
    PendingSelector,

    /// <summary>Another field of the page, by its name.</summary>
    Field,

    /// <summary>The wall clock, under its version counter; its values are nanoseconds since 1970.</summary>
    WallClock,

    /// <summary>A port's mask bit in a FIFO event array.</summary>
    EventWordMask,

    /// <summary>A real event, sent by Xen. It cannot be undone.</summary>
    Event,
}
