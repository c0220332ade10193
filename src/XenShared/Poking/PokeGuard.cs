namespace XenShared.Poking;

/// <summary>Specifies a check of a poke, made before the page is mapped and again while it is mapped.</summary>
public enum PokeGuard
{
    /// <summary>The domain is not the control domain.</summary>
    ControlDomain,

    /// <summary>The domain is not being torn down, and it is the one that was meant.</summary>
    DomainIdentity,

    /// <summary>The layout of the page is known.</summary>
    LayoutKnown,

    /// <summary>The frame is still the page.</summary>
    FrameStays,

    /// <summary>The cell lies inside the structure that it belongs to.</summary>
    InsideStructure,

    /// <summary>The guest uses the bits that are to be written.</summary>
    AbiKnown,

    /// <summary>The port is in use.</summary>
    PortBound,

    /// <summary>The port is not one that Xen itself consumes.</summary>
    NotXenPort,

    /// <summary>The mask is not that of a port that the guest's vCPUs use among themselves.</summary>
    NotIpi,

    /// <summary>The mask is not that of a virtual interrupt, for which all else in the guest may wait.</summary>
    NotVirq,

    /// <summary>Whoever has to look is told to.</summary>
    Delivery,

    /// <summary>No event is lost.</summary>
    EventKept,

    /// <summary>An event that comes meanwhile can still be handled afterwards.</summary>
    Repairable,

    /// <summary>The event ABI of the guest is still recognizable afterwards.</summary>
    AbiKept,

    /// <summary>The vCPU's record is the one that Xen and the guest use.</summary>
    SlotLive,

    /// <summary>The vCPU does not sleep.</summary>
    VcpuNotBlocked,

    /// <summary>The guest notices the bit without an interrupt.</summary>
    UpcallNoticed,

    /// <summary>The field is not Xen's, nor the guest kernel's own.</summary>
    FieldOwner,

    /// <summary>The field points to memory of the guest.</summary>
    PointsInside,
}
