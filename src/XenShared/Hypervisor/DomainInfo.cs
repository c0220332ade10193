namespace XenShared.Hypervisor;

/// <summary>
/// Represents what Xen reports about a domain (<c>struct xen_domctl_getdomaininfo</c>). Parts that a file does not have are null.
/// </summary>
public sealed record DomainInfo
{
    /// <summary>The most vCPUs that a domain can have in any version of Xen (<c>MAX_VIRT_CPUS</c>).</summary>
    public const int MaximumVcpus = 8192;

    /// <summary>The most 4 KiB pages that a domain can hold: all that 52 bits of a machine address reach.</summary>
    public const ulong MaximumPages = 1UL << 40;

    /// <summary>Gets the domain's number.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets its handle.</summary>
    public Guid? Uuid { get; init; }

    /// <summary>Gets how it is virtualised; null when the host does not tell.</summary>
    public DomainType? Type { get; init; }

    /// <summary>Gets what it is doing.</summary>
    public DomainState? State { get; init; }

    /// <summary>Width of a PV guest in bits, 32 or 64, asked of Xen; null for other guests, of which Xen does not tell it.</summary>
    public int? PvWidth { get; init; }

    /// <summary>Frame of the shared page; null while it is not mapped.</summary>
    public ulong? SharedInfoFrame { get; init; }

    /// <summary>Nanoseconds of processor time.</summary>
    public ulong? CpuTimeNanoseconds { get; init; }

    /// <summary>4 KiB pages that it holds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="MaximumPages"/>.</exception>
    public ulong? TotalPages
    {
        get;
        init =>
            field = value is null or <= MaximumPages
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), value, "No domain holds so many pages.");
    }

    /// <summary>vCPUs online.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="MaximumVcpus"/>, or less than none.</exception>
    public int? OnlineVcpus
    {
        get;
        init =>
            field = value is null or (>= 0 and <= MaximumVcpus)
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), value, "No domain has so many vCPUs.");
    }

    /// <summary>Highest vCPU number; null when it has no vCPU, or none is known.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No number of a vCPU: there are <see cref="MaximumVcpus"/> at most.</exception>
    public int? MaxVcpuId
    {
        get;
        init =>
            field = value is null or (>= 0 and < MaximumVcpus)
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), value, "No domain has so many vCPUs.");
    }

    /// <summary>
    /// Gets why numbers are left out that Xen gave, but that no domain can have; null when none is. Nothing else that Xen gave of the
    /// domain is to be relied on then.
    /// </summary>
    public XenException? InfoError { get; init; }
}
