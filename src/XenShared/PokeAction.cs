namespace XenShared;

/// <summary>Specifies how a poke changes the guest.</summary>
public enum PokeAction
{
    /// <summary>One interlocked OR.</summary>
    SetBits,

    /// <summary>One interlocked AND.</summary>
    ClearBits,

    /// <summary>One compare-and-swap.</summary>
    CompareAndSwap,

    /// <summary>A write that makes the version counter odd, writes the fields, and then makes the counter even, as Xen does.</summary>
    VersionedWrite,

    /// <summary>A hypercall (<c>EVTCHNOP_send</c>).</summary>
    Send,
}
