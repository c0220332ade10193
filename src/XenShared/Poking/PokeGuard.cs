namespace XenShared.Poking;

/// <summary>
/// Specifies a check of a poke, made before the page is mapped and again while it is mapped. Each value describes the condition that must
/// be met.
/// </summary>
public enum PokeGuard
{
    /// <summary>The domain is not the control domain.</summary>
    ControlDomain,

    /// <summary>The domain is not being torn down, and it is still the intended domain.</summary>
    DomainIdentity,

    /// <summary>The layout of the page is known.</summary>
    LayoutKnown,

    /// <summary>The field is still in the frame in which it was read.</summary>
    FrameStays,

    /// <summary>The field lies inside its structure.</summary>
    InsideStructure,

    /// <summary>The guest's event ABI is known, and uses the bits that the poke writes.</summary>
    AbiKnown,

    /// <summary>The port is in use.</summary>
    PortBound,

    /// <summary>The port is not one that Xen itself uses, as it does for some ports of HVM guests.</summary>
    NotXenPort,

    /// <summary>The mask bit to write is not that of an IPI.</summary>
    NotIpi,

    /// <summary>The poke does not mask a virtual interrupt, on which other parts of the guest may depend.</summary>
    NotVirq,

    /// <summary>The vCPU is notified of the events that are pending and unmasked after the poke.</summary>
    Delivery,

    /// <summary>The poke does not discard a pending event.</summary>
    EventKept,

    /// <summary>
    /// An event that arrives during the write can still be handled afterwards, because the control domain has a channel to notify the vCPU.
    /// </summary>
    Repairable,

    /// <summary>The event ABI of the guest is still recognizable afterwards.</summary>
    AbiKept,

    /// <summary>The <c>vcpu_info</c> to write is the one that Xen and the guest use, not a frozen copy.</summary>
    SlotLive,

    /// <summary>The vCPU is not blocked.</summary>
    VcpuNotBlocked,

    /// <summary>The guest notices a set upcall without an interrupt, because Xen sends none while the bit is set.</summary>
    UpcallNoticed,

    /// <summary>The field is not reserved for Xen or the guest's kernel.</summary>
    FieldOwner,

    /// <summary>The frame number to write into the field is that of the guest's own memory.</summary>
    PointsInside,
}
