using XenShared.Guests.Locating;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Diagnosis;

/// <summary>Finds what is wrong with domains, by looking at them more than once.</summary>
public sealed class FaultQuery(IXenTarget target, IQueryObserver observer)
{
    /// <summary>Looks that are taken unless another number is asked for.</summary>
    public const int DefaultLookCount = 3;

    /// <summary>Time from the beginning of one look to that of the next, unless another is asked for. A look itself may take longer.</summary>
    public static readonly TimeSpan DefaultInterval = TimeSpan.FromMilliseconds(2500);

    /// <summary>The rules to judge by, of <see cref="FaultRules.Names"/>; empty for all.</summary>
    public IReadOnlyCollection<string> Rules { get; init; } = [];

    /// <summary>The severities wanted; empty for any.</summary>
    public IReadOnlyCollection<FaultSeverity> Severities { get; init; } = [];

    /// <summary>How often a target that lives is looked at. A capture is looked at once: it does not change.</summary>
    public int LookCount { get; init; } = DefaultLookCount;

    /// <summary>From one look to the next. A simulated host's time moves with each look, and nobody waits for it.</summary>
    public TimeSpan Interval { get; init; } = DefaultInterval;

    /// <summary>Targets of the same host, such as earlier captures of it, whose domains are looked at once, for comparison.</summary>
    public IReadOnlyList<IXenTarget> References { get; init; } = [];

    /// <summary>How guests' memory is searched.</summary>
    public LocatorOptions Locate { get; init; } = new();

    /// <summary>Whether Xen itself is asked, at each look, for the channels whose state is not known otherwise, such as the control domain's. It writes them into its log.</summary>
    public bool AsksXen { get; init; }

    /// <summary>The clock that is waited by.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How many looks a run takes at a target.</summary>
    public int LooksAt(IXenTarget one) => one is CaptureTarget ? 1 : LookCount;

    /// <summary>
    /// Streams the faults of the selected domains, by domain, the gravest rules first. Domains that are gone by the last look are left out. A warning tells once of each domain whose channels'
    /// state is not known: the rules about events do not judge it.
    /// </summary>
    public IEnumerable<XenFault> Run(DomainSelection selection, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(selection);
        var silent = new SilentObserver(observer);
        var looks = References.SelectMany(reference => new LookReader(reference, Locate, asksXen: false).Read(selection, silent, cancellation)).ToList();
        var reader = new LookReader(target, Locate, AsksXen);
        var pace = new Pace(Time, target is IRecordedSamples ? TimeSpan.Zero : Interval);
        IReadOnlyList<DomainLook> last = [];
        for (var look = 0; look < LooksAt(target); look++)
        {
            // What is wrong with the question is told once.
            if (look > 0) pace.Wait(limit: null, cancellation);
            last = reader.Read(selection, look == 0 ? observer : silent, cancellation);
            looks.AddRange(last);
        }
        var byDomain = looks.ToLookup(look => look.Guest.Domain.DomId);
        foreach (var domain in last)
        {
            cancellation.ThrowIfCancellationRequested();
            Tell(domain);
            foreach (var fault in Judge(new DomainEvidence(byDomain[domain.Guest.Domain.DomId]))) yield return fault;
        }
    }

    private IEnumerable<XenFault> Judge(DomainEvidence evidence) => !evidence.Latest.IsAlive ? [] : FaultRules.All
        .Where(rule => Rules.Count == 0 || Rules.Contains(rule.Name, StringComparer.OrdinalIgnoreCase))
        .SelectMany(rule => rule.Judge(evidence))
        .Where(fault => Severities.Count == 0 || Severities.Contains(fault.Severity));

    private void Tell(DomainLook look)
    {
        var domain = look.Guest.Domain;
        var why = look.Guest.PortError?.Message ?? (look.Channels.Count > 0 ? look.WhyUnknown : null);
        if (why is null || !look.IsAlive) return;
        var name = look.Guest.Name is { } known ? $" ({known})" : "";
        observer.Warn(new QueryWarning(domain.DomId, XenErrorId.EventStateUnknown, $"Domain {domain.DomId}{name} is not judged by the rules about waiting events: {why}"));
    }
}
