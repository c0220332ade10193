namespace XenShared.Readings;

/// <summary>What Xen itself says of a domain (<c>struct xen_domctl_getdomaininfo</c>). A source that is no host leaves null what it does not carry.</summary>
public sealed record DomainReading
{
    /// <summary>The domain's number.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Its handle.</summary>
    public Guid? Uuid { get; init; }

    /// <summary>How it is virtualised; null when the host does not tell.</summary>
    public DomainType? Type { get; init; }

    /// <summary>What it is doing.</summary>
    public DomainState? State { get; init; }

    /// <summary>Width of a PV guest in bits, 32 or 64, asked of Xen; null for other guests, of which Xen does not tell it.</summary>
    public int? PvWidth { get; init; }

    /// <summary>Frame of the shared page; null while it is not mapped.</summary>
    public ulong? SharedInfoFrame { get; init; }

    /// <summary>Nanoseconds of processor time.</summary>
    public ulong? CpuTimeNanoseconds { get; init; }

    /// <summary>4 KiB pages that it holds.</summary>
    public ulong? TotalPages { get; init; }

    /// <summary>vCPUs online.</summary>
    public int? OnlineVcpus { get; init; }

    /// <summary>Highest vCPU number; null when it has no vCPU, or none is known.</summary>
    public int? MaxVcpuId { get; init; }
}
