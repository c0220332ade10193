using XenShared.Guests.Locating;
using XenShared.Hypervisor;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Reads and compares the clocks of domains.</summary>
public sealed class ClockQuery(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>
    /// The default sampling time. Xen updates the clock of a running vCPU about once a second, so about ten updates are seen.
    /// </summary>
    public static readonly TimeSpan DefaultSampleTime = TimeSpan.FromSeconds(10);

    private const ushort ControlDomId = 0;

    /// <summary>
    /// Gets the time for which the live vCPU records are read once a second, after they have been found. If it is zero, the records are
    /// read only once, and drift and jumps are not known.
    /// </summary>
    public TimeSpan SampleTime { get; init; } = DefaultSampleTime;

    /// <summary>Gets a value indicating whether TSC modes are read. Xen pauses each domain for about 26 us to report its mode.</summary>
    public bool MayPause { get; init; } = true;

    /// <summary>Gets the options for searching guest memory.</summary>
    public LocatorOptions Locate { get; init; } = new();

    /// <summary>Gets the clock that measures the intervals between samples.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// Streams the clocks of the selected domains. The control domain is always read too, because its clock is the reference.
    /// </summary>
    public IEnumerable<XenClock> Run(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        var selected = selection.Read(target, observer, cancellation).DistinctBy(domain => domain.DomId).ToArray();
        if (selected.Length == 0) yield break;
        var sampler = new ClockSampler(target, Locate with { Progress = observer.Report }, Time);
        var series = sampler.Sample(WithControl(selected), SampleTime, cancellation);
        var control = series.FirstOrDefault(domain => domain.Guest.Domain.DomId == ControlDomId);
        var view = new ClockView(target.Host.HostName, control, sampler.HostClock);
        foreach (var domain in series.Where(domain => Array.Exists(selected, info => info.DomId == domain.Guest.Domain.DomId)))
        {
            cancellation.ThrowIfCancellationRequested();
            if (domain.Guest.PageError is { Id: XenErrorId.DomainVanished } ended)
            {
                observer.Fail(ended);
                continue;
            }
            var (tsc, whyNot) = ReadTscInfo(domain.Guest.Domain.DomId);
            yield return view.Create(domain, tsc, whyNot);
        }
    }

    private DomainInfo[] WithControl(DomainInfo[] selected)
    {
        if (Array.Exists(selected, domain => domain.DomId == ControlDomId)) return selected;
        try
        {
            return [target.ReadDomain(ControlDomId), .. selected];
        }
        catch (XenException error) when (!error.IsFatal)
        {
            // The control domain may be missing in a file. The clocks of the other domains are then returned without a comparison with its
            // clock.
            return selected;
        }
    }

    private (TscInfo? Tsc, string? WhyNot) ReadTscInfo(ushort domId)
    {
        if (!target.CanReadTscInfo)
            return (null, target.IsRemote ? "a remote host does not send it" : "the data source does not contain it");
        if (target.Memory?.OwnDomId == domId) return (null, "Xen does not report it to the domain itself");
        if (!MayPause) return (null, "Xen would pause the domain to read it");
        try
        {
            return (target.ReadTscInfo(domId), null);
        }
        catch (XenException error) when (!error.IsFatal)
        {
            return (null, error.Description);
        }
    }
}
