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

    /// <summary>Gets the type of the domain; null if the host does not report it.</summary>
    public DomainType? Type { get; init; }

    /// <summary>Gets the state of the domain, such as running or paused.</summary>
    public DomainState? State { get; init; }

    /// <summary>Gets the reason why the domain shut down; null if it did not, or if the reason is not known.</summary>
    public ShutdownReason? ShutdownReason { get; init; }

    /// <summary>Gets the width of a PV guest in bits, 32 or 64; null for other guests, or if it is not known.</summary>
    public int? PvWidth { get; init; }

    /// <summary>
    /// Gets the frame of the shared info page: a GFN for HVM and PVH guests on x86, otherwise an MFN. It is null while the guest has not
    /// mapped the page.
    /// </summary>
    public ulong? SharedInfoFrame { get; init; }

    /// <summary>Gets the processor time that the domain has used, in nanoseconds.</summary>
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
    /// Gets the error if Xen returned an impossible number for the domain, otherwise null. With an error, the numbers of pages and vCPUs
    /// are null, and the other data is not reliable.
    /// </summary>
    public XenException? InfoError { get; init; }
}
