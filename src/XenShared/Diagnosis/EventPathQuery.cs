using XenShared.Diagnosis.Evidence;
using XenShared.Diagnosis.Paths;
using XenShared.Diagnosis.Rules;
using XenShared.Guests.Locating;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Diagnosis;

/// <summary>Tests the paths of events: reads every link of a path several times, and finds the link that stops an event.</summary>
public sealed class EventPathQuery(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>The number of times that a live target is read. Fewer reads do not prove that a state lasts.</summary>
    public const int ReadCount = 3;

    /// <summary>The default time from the start of one read to the start of the next. A read can take longer.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Gets the ports to test. If neither this property nor <see cref="Channels"/> contains a port of a domain, its channels whose event
    /// stays pending are tested.
    /// </summary>
    public IReadOnlyList<uint> Ports { get; init; } = [];

    /// <summary>Gets further channels to test, each by its domain and port.</summary>
    public IReadOnlyCollection<(ushort DomId, uint Port)> Channels { get; init; } = [];

    /// <summary>
    /// Gets the time from one read to the next. A simulated host is read without waiting, because its time advances with each read.
    /// </summary>
    public TimeSpan Interval { get; init; } = DefaultInterval;

    /// <summary>Gets the options for searching guest memory.</summary>
    public LocatorOptions Locate { get; init; } = new();

    /// <summary>
    /// Gets the maximum time in which each read copies the shared pages repeatedly, to find the vCPU slots that Xen still updates. Zero
    /// copies them once.
    /// </summary>
    public TimeSpan SampleTime { get; init; } = VcpuQuery.DefaultSampleTime;

    /// <summary>Gets the clock for the intervals.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Streams the paths of the selected domains, by domain and port. Domains that end during the reads are omitted.</summary>
    /// <exception cref="XenException">An error of the whole target.</exception>
    public IEnumerable<XenEventPath> Run(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        return Test(selection, cancellation);
    }

    private IEnumerable<XenEventPath> Test(DomainSelection selection, CancellationToken cancellation)
    {
        var hasNoContexts = false;
        // A DomainEvidence builds indexes of all channels and vCPUs of its domain, so one is created for each domain and not for each
        // channel.
        var domains = Read(selection, cancellation)
            .Select(snapshots =>
            {
                var evidence = new DomainEvidence(snapshots, cancellation) { ContextReads = snapshots };
                return (Evidence: evidence, Channels: FindChannels(evidence, cancellation));
            })
            .ToArray();
        var open = domains
            .Where(domain => domain.Channels.Any(channel => Evaluate(domain.Evidence, channel).Finding.NeedsSeries))
            .ToArray();
        foreach (var (evidence, _) in open) evidence.Series = new ContextSeries(evidence.Latest.Guest.Domain);
        new ContextSeriesReader(target, Time).Read(open.Select(domain => domain.Evidence.Series!), cancellation);
        foreach (var (evidence, channels) in domains)
        {
            foreach (var channel in evidence.Each(channels))
            {
                hasNoContexts |= !target.IsLive && evidence.ContextReads[^1].Guest.Contexts.Count == 0;
                yield return ToPath(evidence, channel);
            }
        }
        if (hasNoContexts)
            observer.Warn(
                new QueryWarning(
                    null,
                    XenErrorId.EventStateUnknown,
                    $"{target.DisplayName} contains no processor states of vCPUs, so RFLAGS.IF, the callback and the APIC are not known; "
                        + "Export-XenCapture -IncludeVcpuContext and 'xenshared capture --include-vcpu-context' write them."));
    }

    private IEnumerable<DomainSnapshot[]> Read(DomainSelection selection, CancellationToken cancellation)
    {
        var silent = new NullObserver(observer);
        var interval = new IntervalTimer(Time, target.IsRealTime ? Interval : TimeSpan.Zero);
        var reads = new List<IReadOnlyList<DomainSnapshot>>();
        foreach (var source in target.IsLive ? Enumerable.Repeat(target, ReadCount) : target.Reads)
        {
            if (reads.Count > 0) interval.Wait(limit: null, cancellation);
            // Only the first read reports errors, such as a domain that does not exist. Later reads would report the same errors again, so
            // their errors are not reported.
            var receiver = reads.Count == 0 ? observer : silent;
            var locate = Locate with { ControlBlocks = true };
            var reader = new SnapshotReader(source, locate, SampleTime, usesHypervisor: false) { Contexts = true };
            reads.Add(reader.Read(selection.Read(source, receiver, cancellation), receiver, cancellation));
        }
        var byDomain = reads.SelectMany(read => read).ToLookup(snapshot => snapshot.Guest.Domain.DomId);
        foreach (var latest in reads[^1])
        {
            // After a domain has ended, Xen can give its number to a new domain. So a snapshot with the same number but another UUID is of
            // another domain, and is left out.
            yield return
            [
                .. byDomain[latest.Guest.Domain.DomId].Where(snapshot => snapshot.Guest.Domain.Uuid == latest.Guest.Domain.Uuid),
            ];
        }
    }

    private XenEventChannel[] FindChannels(DomainEvidence evidence, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var snapshots = evidence.ContextReads;
        var guest = snapshots[^1].Guest;
        if (guest.Domain.InfoError is { } doubt) observer.Fail(doubt);
        if (guest.Ports is not { } ports)
        {
            if (guest.PortError is { } error) observer.Fail(error);
            return [];
        }
        uint[] wanted =
        [
            .. Ports.Concat(Channels.Where(channel => channel.DomId == guest.Domain.DomId).Select(channel => channel.Port)).Distinct(),
        ];
        return [.. wanted.Length == 0 ? FindWaiting(snapshots) : FindPorts(snapshots[^1], ports, wanted)];
    }

    private (EventPathFacts Facts, EventPathFinding Finding) Evaluate(DomainEvidence evidence, XenEventChannel channel)
    {
        var facts = EventPathReads.Collect(evidence.ContextReads, channel, target.IsLive, evidence.Series);
        return (facts, EventPathEvaluator.Evaluate(facts));
    }

    private XenEventPath ToPath(DomainEvidence evidence, XenEventChannel channel)
    {
        var (facts, finding) = Evaluate(evidence, channel);
        var advice = EventPathAdvice.Create(facts, finding, evidence);
        return new XenEventPath
        {
            DomId = channel.DomId,
            DomainName = channel.DomainName,
            Port = channel.Port,
            Device = channel.Device,
            Vcpu = channel.Vcpu,
            Verdict = finding.Verdict,
            StopsAt = finding.StopsAt,
            Evidence = finding.Evidence,
            Advice = advice?.ToString() ?? "",
            AdviceText = advice,
            Step = new ValueList<XenEventPathStep>(finding.Steps),
            HostName = target.Host.HostName,
            TakenAt = evidence.ContextReads[^1].KnownTime,
        };
    }

    private IEnumerable<XenEventChannel> FindPorts(DomainSnapshot snapshot, PortTable ports, uint[] wanted)
    {
        var guest = snapshot.Guest;
        foreach (var port in wanted)
        {
            if (!EventChannelQuery.Has(ports, port)) observer.Fail(EventChannelQuery.NoSuchPort(guest.Domain.DomId, port, ports));
            else yield return snapshot.ChannelAt(port) ?? new XenEventChannel
            {
                DomId = guest.Domain.DomId,
                DomainName = guest.Name,
                Port = port,
                State = ChannelState.Closed,
                EventAbi = guest.Abi.Abi,
                HostName = target.Host.HostName,
            };
        }
    }

    // Returns the channels that have a pending event in all snapshots. Linux keeps one IPI of each vCPU masked and polls it. So a pending
    // event of a masked IPI is normal, and its channel is not returned.
    private IEnumerable<XenEventChannel> FindWaiting(IReadOnlyList<DomainSnapshot> snapshots)
    {
        var latest = snapshots[^1];
        if (latest.Channels.Any(channel => channel.State is not null && channel.Pending is null))
        {
            observer.Warn(
                new QueryWarning(
                    latest.Guest.Domain.DomId,
                    XenErrorId.EventStateUnknown,
                    $"{Capitalized(DisplayText.Domain(latest.Guest.Domain.DomId, latest.Guest.Name))}: which of its channels wait is not "
                        + $"known: {latest.WhyUnknown ?? "their pending bits are not known."}"));
        }
        return latest.Channels.Where(channel =>
            channel is not { State: ChannelState.Ipi, Masked: true }
            && snapshots.All(snapshot => snapshot.ChannelAt(channel.Port) is { Pending: true }));
    }

    private static string Capitalized(string text) => $"{char.ToUpperInvariant(text[0])}{text[1..]}";
}
