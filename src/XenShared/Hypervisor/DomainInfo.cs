namespace XenShared.Hypervisor;

/// <summary>
/// Represents Xen's data about a domain (<c>struct xen_domctl_getdomaininfo</c>). Data that a file does not contain is null.
/// </summary>
public sealed record DomainInfo
{
    /// <summary>The maximum number of vCPUs of a domain in any version of Xen (<c>MAX_VIRT_CPUS</c>).</summary>
    public const int MaximumVcpus = 8192;

    /// <summary>The maximum number of 4 KiB pages of a domain: all pages of a 52-bit machine address.</summary>
    public const ulong MaximumPages = 1UL << 40;

    /// <summary>Gets the domain's number.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets the domain's UUID (Xen's <c>handle</c>).</summary>
    public Guid? Uuid { get; init; }

    /// <summary>Gets the type; null if the host does not report it.</summary>
    public DomainType? Type { get; init; }

    /// <summary>Gets the state.</summary>
    public DomainState? State { get; init; }

    /// <summary>Gets the reason why the domain shut down; null if it did not, or if the reason is not known.</summary>
    public ShutdownReason? ShutdownReason { get; init; }

    /// <summary>Gets the width of a PV guest in bits, 32 or 64; null for other guests, for which Xen does not report it.</summary>
    public int? PvWidth { get; init; }

    /// <summary>Gets the frame of the shared page; null while it is not mapped.</summary>
    public ulong? SharedInfoFrame { get; init; }

    /// <summary>Gets the processor time in nanoseconds.</summary>
    public ulong? CpuTimeNanoseconds { get; init; }

    /// <summary>Gets the number of the domain's 4 KiB pages.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="MaximumPages"/>.</exception>
    public ulong? TotalPages
    {
        get;
        init =>
            field = value is null or <= MaximumPages
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), value, "No domain has so many pages.");
    }

    /// <summary>Gets the number of online vCPUs.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="MaximumVcpus"/>, or negative.</exception>
    public int? OnlineVcpus
    {
        get;
        init =>
            field = value is null or (>= 0 and <= MaximumVcpus)
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), value, "No domain has so many vCPUs.");
    }

    /// <summary>Gets the highest vCPU number; null if the domain has no vCPU, or if the number is not known.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not a valid vCPU number: there are at most <see cref="MaximumVcpus"/>.</exception>
    public int? MaxVcpuId
    {
        get;
        init =>
            field = value is null or (>= 0 and < MaximumVcpus)
                ? value
                : throw new ArgumentOutOfRangeException(nameof(value), value, "No domain has so many vCPUs.");
    }

    /// <summary>
    /// Gets the reason why impossible numbers from Xen were left out; null if there were none. The other data of the domain is then not
    /// reliable.
    /// </summary>
    public XenException? InfoError { get; init; }
}
