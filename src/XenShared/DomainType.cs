namespace XenShared;

/// <summary>Specifies how a domain is virtualised.</summary>
public enum DomainType
{
    /// <summary>Paravirtual: the guest uses the frame numbers of the machine, and has no emulated hardware.</summary>
    PV,

    /// <summary>Hardware virtualisation without emulated hardware. Every guest on Arm has this type.</summary>
    PVH,

    /// <summary>Hardware virtualisation with an emulated machine and firmware.</summary>
    HVM,
}
