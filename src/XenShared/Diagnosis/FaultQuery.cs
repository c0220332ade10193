using XenShared.Diagnosis.Evidence;
using XenShared.Diagnosis.Rules;
using XenShared.Guests.Locating;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Diagnosis;

/// <summary>Finds what is wrong with domains, by looking at them more than once.</summary>
public sealed class FaultQuery(IXenDataSource target, IQueryObserver observer)
{
    /// <summary>Looks that are taken unless another number is asked for.</summary>
    public const int DefaultSampleCount = 3;

    /// <summary>
    /// Time from the beginning of one look to that of the next, unless another is asked for. A look itself may take longer.
    /// </summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMilliseconds(2500);

    /// <summary>Gets the rules to judge by, of <see cref="FaultRules.Names"/>; empty for all.</summary>
    public IReadOnlyCollection<string> Rules { get; init; } = [];

    /// <summary>Gets the severities wanted; empty for any.</summary>
    public IReadOnlyCollection<FaultSeverity> Severities { get; init; } = [];

    /// <summary>Gets how often a target that lives is looked at. A file is looked at once: it does not change.</summary>
    public int SampleCount { get; init; } = DefaultSampleCount;

    /// <summary>From one look to the next. A simulated host's time moves with each look, and nobody waits for it.</summary>
    public TimeSpan Interval { get; init; } = DefaultInterval;

    /// <summary>Targets of the same host, such as earlier captures of it, whose domains are looked at once, for comparison.</summary>
    public IReadOnlyList<IXenDataSource> References { get; init; } = [];

    /// <summary>Gets how guests' memory is searched.</summary>
    public LocatorOptions Locate { get; init; } = new();

    /// <summary>Gets how long pages are sampled at most at each look. Zero reads them once.</summary>
    public TimeSpan SampleTime { get; init; } = VcpuQuery.DefaultSampleTime;

    /// <summary>
    /// Gets a value indicating whether Xen itself is asked, at each look, for the channels whose state is not known otherwise, such as the
    /// control domain's. It writes them into its log.
    /// </summary>
    public bool UsesHypervisor { get; init; }

    /// <summary>Gets the clock that is waited by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Returns how many looks a run takes at a target.</summary>
    public int GetSampleCount(IXenDataSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return source.IsLive ? SampleCount : 1;
    }

    /// <summary>
    /// Streams the faults of the selected domains, by domain, the gravest rules first. Domains that are gone by the last look are left out.
    /// A warning for each domain tells which rules did not judge it, and why.
    /// </summary>
    public IEnumerable<XenFault> Run(DomainSelection selection, CancellationToken cancellation = default) =>
        RunWithResults(selection, includeResults: false, cancellation).Cast<XenFault>();

    /// <summary>
    /// Returns the same; with <paramref name="includeResults"/> the answer of each rule (<see cref="XenRuleResult"/>) follows each domain's
    /// faults.
    /// </summary>
    public IEnumerable<object> RunWithResults(DomainSelection selection, bool includeResults, CancellationToken cancellation = default)
    {
        var isSingle = false;
        foreach (var domain in Diagnose(selection, cancellation))
        {
            isSingle |= domain.Results.Any(result => result.Reason == DomainEvidence.NeedsSamples);
            if (domain.NotJudged is { } message) observer.Warn(new QueryWarning(domain.DomId, XenErrorId.EventStateUnknown, message));
            foreach (var fault in domain.Faults) yield return fault;
            foreach (var result in includeResults ? domain.Results : []) yield return result;
        }
        if (isSingle) observer.Warn(GetSingleSampleWarning());
    }

    /// <summary>
    /// Streams what the rules say of each of the selected domains: faults, no fault, or why a rule did not judge the domain. It warns of
    /// nothing: all is in the answer.
    /// </summary>
    public IEnumerable<DomainDiagnosis> Diagnose(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        return Diagnose(TakeSnapshots(selection.Read(target, observer, cancellation), selection, cancellation), cancellation);
    }

    /// <summary>Takes the snapshots that rules judge: those of the references, then those of each look at the target.</summary>
    /// <param name="domains">The selected domains, as they are for the first look.</param>
    /// <param name="selection">The selection, for the looks after the first.</param>
    /// <param name="cancellation">Cancels it.</param>
    internal IReadOnlyList<IReadOnlyList<DomainSnapshot>> TakeSnapshots(
        IEnumerable<DomainInfo> domains,
        DomainSelection selection,
        CancellationToken cancellation)
    {
        var silent = new NullObserver(observer);
        var snapshots = References
            .Select(reference =>
                new SnapshotReader(reference, Locate, SampleTime, usesHypervisor: false).Read(
                    selection.Read(reference, silent, cancellation),
                    silent,
                    cancellation))
            .ToList();
        var reader = new SnapshotReader(target, Locate, SampleTime, UsesHypervisor);
        var interval = new IntervalTimer(Time, target.IsRealTime ? Interval : TimeSpan.Zero);
        for (var sample = 0; sample < GetSampleCount(target); sample++)
        {
            if (sample > 0) interval.Wait(limit: null, cancellation);
            // An error of the selection is reported once.
            snapshots.Add(
                sample == 0
                    ? reader.Read(domains, observer, cancellation)
                    : reader.Read(selection.Read(target, silent, cancellation), silent, cancellation));
        }
        return snapshots;
    }

    /// <summary>Judges the domains of the last look by all snapshots.</summary>
    internal IEnumerable<DomainDiagnosis> Diagnose(IReadOnlyList<IReadOnlyList<DomainSnapshot>> snapshots, CancellationToken cancellation)
    {
        var byDomain = snapshots.SelectMany(sample => sample).ToLookup(snapshot => snapshot.Guest.Domain.DomId);
        foreach (var domain in snapshots.Count > 0 ? snapshots[^1] : [])
        {
            cancellation.ThrowIfCancellationRequested();
            yield return Evaluate(new DomainEvidence(byDomain[domain.Guest.Domain.DomId], cancellation), cancellation);
        }
    }

    /// <summary>Says once for a target that some rules need a second look.</summary>
    internal QueryWarning GetSingleSampleWarning() =>
        new(
            null,
            XenErrorId.EventStateUnknown,
            $"There was only one look at {target.DisplayName}, and some rules did not judge it for that: {DomainEvidence.NeedsSamples}.");

    private DomainDiagnosis Evaluate(DomainEvidence evidence, CancellationToken cancellation)
    {
        var rules = FaultRules.All.Where(rule => Rules.Count == 0 || Rules.Contains(rule.Name, StringComparer.OrdinalIgnoreCase));
        var faults = new List<XenFault>();
        var results = new List<XenRuleResult>();
        foreach (var rule in rules)
        {
            cancellation.ThrowIfCancellationRequested();
            var findings = evidence.Latest.WhyNotAlive is { } why
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
