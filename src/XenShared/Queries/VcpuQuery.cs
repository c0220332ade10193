using XenShared.Guests.Locating;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Reads the vCPU records of domains.</summary>
public sealed class VcpuQuery(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>
    /// The default sampling time. It is long enough to prove that a slot is frozen: Xen calibrates in this time, and a vCPU that is not
    /// idle runs after that.
    /// </summary>
    public static readonly TimeSpan DefaultSampleTime = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Gets the maximum time in which each page is read repeatedly. Sampling ends earlier if it is known for every slot whether Xen still
    /// updates it. Zero reads each page once.
    /// </summary>
    public TimeSpan SampleTime { get; init; } = DefaultSampleTime;

    /// <summary>Gets the vCPUs to read; empty for all.</summary>
    public IReadOnlyList<int> Vcpus { get; init; } = [];

    /// <summary>
    /// Gets the source of the records. The cmdlets and commands do not offer the value Hypervisor: Xen prints the state of vCPUs only for
    /// its debug key <c>q</c>, which also sends an interrupt to every vCPU of the host.
    /// </summary>
    public ChannelSource Source { get; init; }

    /// <summary>Gets the options for searching guest memory.</summary>
    public LocatorOptions Locate { get; init; } = new();

    /// <summary>
    /// Streams the vCPU records of the selected domains. The observer gets the same errors as from <see cref="SharedInfoQuery.Run"/>.
    /// </summary>
    public IEnumerable<XenVcpuInfo> Run(DomainSelection selection, CancellationToken cancellation = default)
    {
        var locate = Source == ChannelSource.SharedPage ? null : Locate with
        {
            VcpuRecords = true,
            Source = Source,
            SearchAgain = Locate.SearchAgain || Source == ChannelSource.GuestMemory,
            Progress = observer.Report,
        };
        var pages = new SharedInfoQuery(target, observer) { SampleTime = SampleTime, Locate = locate };
        return pages
            .RunVcpus(selection, cancellation)
            .Where(vcpu =>
                (Vcpus.Count == 0 || Vcpus.Contains(vcpu.Vcpu))
                && Source switch
                {
                    ChannelSource.GuestMemory => vcpu.Source == StateSource.GuestMemory,
                    ChannelSource.Kernel => vcpu.Source == StateSource.Kernel,
                    _ => true,
                });
    }
}
