namespace XenShared.Poking;

/// <summary>Specifies a check of a poke, made before the page is mapped and again while it is mapped.</summary>
public enum PokeGuard
{
    /// <summary>The domain is not the control domain.</summary>
    ControlDomain,

    /// <summary>The domain is not being torn down, and it is still the intended domain.</summary>
    DomainIdentity,

    /// <summary>The layout of the page is known.</summary>
    LayoutKnown,

    /// <summary>The frame is still that of the page.</summary>
    FrameStays,

    /// <summary>The field lies inside its structure.</summary>
    InsideStructure,

    /// <summary>The guest uses the bits that the poke writes.</summary>
    AbiKnown,

    /// <summary>The port is in use.</summary>
    PortBound,

    /// <summary>The port is not one that Xen itself consumes.</summary>
    NotXenPort,

    /// <summary>The mask is not that of an IPI.</summary>
    NotIpi,

    /// <summary>The mask is not that of a virtual interrupt, on which other parts of the guest may depend.</summary>
    NotVirq,

    /// <summary>The vCPU is notified.</summary>
    Delivery,

    /// <summary>No event is lost.</summary>
    EventKept,

    /// <summary>An event that arrives during the write can still be handled afterwards.</summary>
    Repairable,

    /// <summary>The event ABI of the guest is still recognizable afterwards.</summary>
    AbiKept,

    /// <summary>The vCPU's record is the one that Xen and the guest use.</summary>
    SlotLive,

    /// <summary>The vCPU is not blocked.</summary>
    VcpuNotBlocked,

    /// <summary>The guest notices the bit without an interrupt.</summary>
    UpcallNoticed,

    /// <summary>The field is not reserved for Xen or the guest's kernel.</summary>
    FieldOwner,

    /// <summary>The field points to memory of the guest.</summary>
    PointsInside,
}
