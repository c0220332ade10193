using XenShared.Guests.Locating;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Reads the vCPU records of domains.</summary>
public sealed class VcpuQuery(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>
    /// The default sampling time, which is sufficient to prove that a slot is frozen: a calibration, and some run time after it.
    /// </summary>
    public static readonly TimeSpan DefaultSampleTime = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Gets the maximum sampling time of pages. Sampling ends as soon as the liveness of all slots is known. Zero reads them once.
    /// </summary>
    public TimeSpan SampleTime { get; init; } = DefaultSampleTime;

    /// <summary>Gets the vCPUs to read; empty for all.</summary>
    public IReadOnlyList<int> Vcpus { get; init; } = [];

    /// <summary>Gets the source of the records. Front ends do not offer Hypervisor: its debug key would interrupt every guest.</summary>
    public ChannelSource Source { get; init; }

    /// <summary>Gets the options for searching guest memory.</summary>
    public LocatorOptions Locate { get; init; } = new();

    /// <summary>
    /// Streams the records of the selected domains. Errors are reported to the observer, as in <see cref="SharedInfoQuery"/>.
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
