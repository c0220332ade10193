using XenShared.Diagnosis.Evidence;
using XenShared.Diagnosis.Rules;
using XenShared.Guests.Locating;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Diagnosis;

/// <summary>Finds faults of domains by comparing several samples.</summary>
public sealed class FaultQuery(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>The default number of samples.</summary>
    public const int DefaultSampleCount = 3;

    /// <summary>The default time from the start of one sample to the start of the next. A sample can take longer.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMilliseconds(2500);

    private const string EndedDuringReads = "it ended while its processor states were read";

    private static readonly string[] s_contextRules = [.. FaultRules.All.Where(rule => rule.NeedsContexts).Select(rule => rule.Name)];

    /// <summary>Gets the names of the rules to apply (<see cref="FaultRules.Names"/>); empty for all.</summary>
    public IReadOnlyCollection<string> Rules { get; init; } = [];

    /// <summary>Gets the severities of the faults to return; empty for all.</summary>
    public IReadOnlyCollection<FaultSeverity> Severities { get; init; } = [];

    /// <summary>
    /// Gets the number of samples of a live target. A file is sampled once, because it does not change; a console log has a sample for each
    /// dump.
    /// </summary>
    public int SampleCount { get; init; } = DefaultSampleCount;

    /// <summary>
    /// Gets the time from one sample to the next. A simulated host is sampled without waiting, because its time advances with each sample.
    /// </summary>
    public TimeSpan Interval { get; init; } = DefaultInterval;

    /// <summary>
    /// Gets targets with earlier data of the same host, such as captures. One sample of each is compared with the samples of the target.
    /// </summary>
    public IReadOnlyList<IXenDataSource> References { get; init; } = [];

    /// <summary>Gets the options for searching guest memory.</summary>
    public LocatorOptions Locate { get; init; } = new();

    /// <summary>
    /// Gets the maximum time in which each sample copies the shared pages repeatedly, to find the vCPU slots that Xen still updates. Zero
    /// copies them once.
    /// </summary>
    public TimeSpan SampleTime { get; init; } = VcpuQuery.DefaultSampleTime;

    /// <summary>
    /// Gets a value indicating whether Xen is requested to print the channels whose state no other source contains (debug key <c>e</c>).
    /// Xen writes them to its log at each sample.
    /// </summary>
    public bool UsesHypervisor { get; init; }

    /// <summary>
    /// Gets a value indicating whether the processor states of the vCPUs of a live domain are read if an event waits in each sample. Xen
    /// pauses each vCPU for microseconds at each read. There are three reads, and up to 20 more if they show a vCPU that may hang without
    /// taking interrupts. Without processor states, the rules that need them judge only domains without a waiting event.
    /// </summary>
    public bool PausesVcpus { get; init; } = true;

    /// <summary>Gets the clock for the intervals.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Returns how many samples of a data source are taken: <see cref="SampleCount"/> of a live one, and 1 of a file.</summary>
    public int GetSampleCount(IXenDataSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.IsLive ? SampleCount : 1;
    }

    /// <summary>
    /// Streams the faults of the selected domains, by domain and then in the order of <see cref="FaultRules.Names"/>. Domains that have
    /// ended before the last sample are left out. A warning for each domain names the rules that did not judge it, with the reasons.
    /// </summary>
    public IEnumerable<XenFault> Run(DomainSelection selection, CancellationToken cancellation = default) =>
        RunWithResults(selection, includeResults: false, cancellation).Cast<XenFault>();

    /// <summary>
    /// Streams the faults of <see cref="Run"/>. With <paramref name="includeResults"/>, the result of each rule
    /// (<see cref="XenRuleResult"/>) follows the faults of each domain.
    /// </summary>
    public IEnumerable<object> RunWithResults(DomainSelection selection, bool includeResults, CancellationToken cancellation = default)
    {
        if (ConsoleLogTarget.GetToolRemark(target) is { } remark)
            observer.Warn(new QueryWarning(null, XenErrorId.EventStateUnknown, remark));
        var isSingle = false;
        var hasNoDevices = false;
        var hasNoContexts = false;
        foreach (var domain in Diagnose(selection, cancellation))
        {
            isSingle |= domain.Results.Any(result => result.Reason == DomainEvidence.NeedsSamples);
            hasNoContexts |= domain.Results.Any(result => result.Reason == DomainEvidence.NeedsContexts);
            hasNoDevices |= domain.Results.Any(result => result.Reason == DomainEvidence.NeedsDevices);
            if (domain.NotJudged is { } message) observer.Warn(new QueryWarning(domain.DomId, XenErrorId.EventStateUnknown, message));
            foreach (var fault in domain.Faults) yield return fault;
            foreach (var result in includeResults ? domain.Results : []) yield return result;
        }
        if (isSingle) observer.Warn(GetSingleSampleWarning());
        if (hasNoDevices) observer.Warn(GetNoDevicesWarning());
        if (hasNoContexts) observer.Warn(GetNoContextsWarning());
    }

    /// <summary>
    /// Streams the results of the rules for each selected domain: faults, no fault, or the reason why a rule did not judge it. This method
    /// reports no warnings about rules, because the results contain the reasons.
    /// </summary>
    public IEnumerable<DomainDiagnosis> Diagnose(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        return Diagnose(TakeSnapshots(selection.Read(target, observer, cancellation), selection, cancellation), selection, cancellation);
    }

    /// <summary>
    /// Takes the snapshots for the rules: a list for each reference, for each earlier dump of a console log, and for each sample of the
    /// target.
    /// </summary>
    /// <param name="domains">The selected domains at the first sample.</param>
    /// <param name="selection">The selection, which is evaluated again for each later sample, because domains start and end.</param>
    /// <param name="cancellation">Cancels the sampling.</param>
    internal IReadOnlyList<IReadOnlyList<DomainSnapshot>> TakeSnapshots(
        IEnumerable<DomainInfo> domains,
        DomainSelection selection,
        CancellationToken cancellation)
    {
        var silent = new NullObserver(observer);
        var snapshots = References
            .Select(reference => ReadOnce(reference, isSameRun: false))
            .Concat(target.EarlierDumps.Select(dump => ReadOnce(dump, isSameRun: true)))
            .ToList();
        var reader = new SnapshotReader(target, Locate, SampleTime, UsesHypervisor);
        var interval = new IntervalTimer(Time, target.IsRealTime ? Interval : TimeSpan.Zero);
        for (var sample = 0; sample < GetSampleCount(target); sample++)
        {
            if (sample > 0) interval.Wait(limit: null, cancellation);
            // Errors, such as a domain that does not exist, are reported only for the first sample. Later samples would report them again.
            snapshots.Add(
                sample == 0
                    ? reader.Read(domains, observer, cancellation)
                    : reader.Read(selection.Read(target, silent, cancellation), silent, cancellation));
        }
        return snapshots;

        IReadOnlyList<DomainSnapshot> ReadOnce(IXenDataSource source, bool isSameRun)
        {
            var once = new SnapshotReader(source, Locate, SampleTime, usesHypervisor: false) { IsSameRun = isSameRun };
            return once.Read(selection.Read(source, silent, cancellation), silent, cancellation);
        }
    }

    /// <summary>Applies the rules to the domains of the last sample. A rule gets all snapshots of its domain.</summary>
    /// <param name="snapshots">The snapshots of <see cref="TakeSnapshots"/>.</param>
    /// <param name="selection">The selection for the reads of processor states.</param>
    /// <param name="cancellation">Cancels the reads.</param>
    internal IEnumerable<DomainDiagnosis> Diagnose(
        IReadOnlyList<IReadOnlyList<DomainSnapshot>> snapshots,
        DomainSelection selection,
        CancellationToken cancellation)
    {
        var byDomain = snapshots.SelectMany(sample => sample).ToLookup(snapshot => snapshot.Guest.Domain.DomId);
        var domains = (snapshots.Count > 0 ? snapshots[^1] : [])
            .Select(domain => new DomainEvidence(byDomain[domain.Guest.Domain.DomId], cancellation))
            .ToArray();
        if (ChosenRules.Any(rule => rule.NeedsContexts)) ReadContexts(domains, selection, cancellation);
        foreach (var domain in domains)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return Evaluate(domain, cancellation);
        }
    }

    // Reads the processor states of vCPUs. On a live host, Xen pauses the vCPUs for each read, so only domains with a waiting event are
    // read.
    private void ReadContexts(DomainEvidence[] domains, DomainSelection selection, CancellationToken cancellation)
    {
        if (target.IsLive && !PausesVcpus) return;
        var waiting = new Dictionary<ushort, DomainEvidence>();
        foreach (var domain in domains)
        {
            cancellation.ThrowIfCancellationRequested();
            if (!domain.HasWaiting) continue;
            if (!target.IsLive) domain.WhyNoContexts = DomainEvidence.NeedsContexts;
            // On a live host, the control domain is not read, because reading would pause the vCPU that reads. From a file, a domain is
            // read only if the file contains processor states of its vCPUs.
            if (target.IsLive ? domain.DomId != 0 : target.ReadVcpuContexts(domain.Latest.Guest.Domain).Count > 0)
                waiting.Add(domain.DomId, domain);
        }
        if (waiting.Count == 0) return;
        var collector = new ErrorCollector(observer);
        var interval = new IntervalTimer(Time, target.IsRealTime ? EventPathQuery.DefaultInterval : TimeSpan.Zero);
        var reads = new List<DomainSnapshot>();
        foreach (var source in target.IsLive ? Enumerable.Repeat(target, EventPathQuery.ReadCount) : target.Reads)
        {
            if (reads.Count > 0) interval.Wait(limit: null, cancellation);
            // Only domains in 'waiting' that still have the same UUID are read. Another UUID shows that Xen has given the number to a new
            // domain. The name is not compared, because a domain can be renamed.
            var domainsNow = DomainSelection.All.Read(source, collector, cancellation)
                .Where(domain => waiting.TryGetValue(domain.DomId, out var known) && known.Latest.Guest.Domain.Uuid == domain.Uuid)
                .ToArray();
            if (target.IsLive)
            {
                foreach (var ended in waiting.Keys.Except(domainsNow.Select(domain => domain.DomId)).ToArray())
                {
                    waiting[ended].WhyNoContexts = EndedDuringReads;
                    waiting.Remove(ended);
                }
                if (waiting.Count == 0) return;
            }
            var reader = new SnapshotReader(source, Locate, SampleTime, UsesHypervisor) { Contexts = true };
            reads.AddRange(reader.Read(domainsNow, collector, cancellation));
        }
        var byDomain = reads.ToLookup(read => read.Guest.Domain.DomId);
        foreach (var domain in waiting.Values)
        {
            var own = byDomain[domain.DomId].ToArray();
            domain.ContextReads = Array.FindAll(own, read => read.Guest.Domain.Uuid == domain.Latest.Guest.Domain.Uuid);
            var isMissing = target.IsLive && domain.ContextReads.Count < EventPathQuery.ReadCount;
            domain.WhyNoContexts =
                isMissing && domain.ContextReads.Count < own.Length ? EndedDuringReads
                : !isMissing && domain.ContextReads is [.., { Guest.Contexts.Count: > 0 }] ? null
                : !target.IsLive ? DomainEvidence.NeedsContexts
                : (isMissing ? collector.FindMessage(domain.DomId) : own[^1].Guest.ContextError?.Message)
                    ?? "the processor states of its vCPUs could not be read";
        }
        if (!ChosenRules.Any(rule => rule is InterruptsOff or UpcallStuck or VectorNotTaken)) return;
        var open = waiting.Values.Where(PathRule.NeedsSeries).ToArray();
        foreach (var domain in open) domain.Series = new ContextSeries(domain.Latest.Guest.Domain);
        new ContextSeriesReader(target, Time).Read(open.Select(domain => domain.Series!), cancellation);
    }

    /// <summary>Creates the warning that some rules did not judge the target, because they need a second sample.</summary>
    internal QueryWarning GetSingleSampleWarning() =>
        new(
            null,
            XenErrorId.EventStateUnknown,
            $"There was only one sample of {target.DisplayName}, so some rules did not judge it: {DomainEvidence.NeedsSamples}.");

    private QueryWarning GetNoDevicesWarning() =>
        new(
            null,
            XenErrorId.EventStateUnknown,
            $"The rules about devices did not judge {target.DisplayName}: {DomainEvidence.NeedsDevices}.");

    private QueryWarning GetNoContextsWarning() =>
        new(
            null,
            XenErrorId.EventStateUnknown,
            $"{target.DisplayName} contains no processor states of vCPUs, so {string.Join(", ", s_contextRules)} did not judge the events "
                + $"that wait; Export-XenCapture -IncludeVcpuContext and 'xenshared capture --include-vcpu-context' write them.");

    private IEnumerable<IFaultRule> ChosenRules =>
        FaultRules.All.Where(rule => Rules.Count == 0 || Rules.Contains(rule.Name, StringComparer.OrdinalIgnoreCase));

    private DomainDiagnosis Evaluate(DomainEvidence evidence, CancellationToken cancellation)
    {
        var faults = new List<XenFault>();
        var results = new List<XenRuleResult>();
        foreach (var rule in ChosenRules)
        {
            cancellation.ThrowIfCancellationRequested();
            var findings = evidence.Latest.WhyNotAlive is { } why && !(rule.JudgesDying && evidence.IsDying)
                ? [RuleFinding.NotJudged(why)]
                : evidence.Each(rule.Evaluate(evidence)).ToArray();
            results.Add(evidence.Result(rule, findings));
            faults.AddRange(
                findings
                    .Select(finding => finding.Fault)
                    .OfType<XenFault>()
                    .Where(fault => Severities.Count == 0 || Severities.Contains(fault.Severity)));
        }
        return new DomainDiagnosis { DomId = evidence.DomId, DomainName = evidence.Latest.Guest.Name, Faults = faults, Results = results };
    }
}
