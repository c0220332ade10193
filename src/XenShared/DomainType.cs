namespace XenShared;

/// <summary>Specifies how a domain is virtualised.</summary>
public enum DomainType
{
    /// <summary>Paravirtual: the guest knows machine frames and has no emulated hardware.</summary>
    PV,

    /// <summary>Hardware virtualisation without emulated hardware; on Arm, every guest.</summary>
    PVH,

    /// <summary>Hardware virtualisation with an emulated machine and firmware.</summary>
    HVM,
}
