namespace XenShared;

/// <summary>Specifies how a poke was done.</summary>
public enum PokeAction
{
    /// <summary>One interlocked OR.</summary>
    SetBits,

    /// <summary>One interlocked AND.</summary>
    ClearBits,

    /// <summary>One compare-and-swap.</summary>
    CompareAndSwap,

    /// <summary>Odd version, the fields, even version, as Xen does it.</summary>
    VersionedWrite,

    /// <summary>A hypercall (<c>EVTCHNOP_send</c>).</summary>
    Send,
}
