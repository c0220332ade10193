using XenShared.Diagnosis.Evidence;
using XenShared.Diagnosis.Paths;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Represents a rule about one link of a path, at which only the processor states of vCPUs show that a waiting event stops. In a fault, the
/// event is pending and not masked in each sample and in each read of the processor states. Each of these reads shows the stop.
/// </summary>
internal abstract class PathRule : IFaultRule
{
    public abstract string Name { get; }

    public bool NeedsContexts => true;

    /// <summary>Gets the link.</summary>
    protected abstract EventPathLink Link { get; }

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (evidence.WhyNoEvents is { } whyNot) yield return RuleFinding.NotJudged(whyNot);
        if (evidence.WhyNoEvents is not null || !evidence.TakesInterrupts || !Covers(evidence.Latest.Guest.Domain.Type)) yield break;
        if (evidence.PortsOfUnknownState is { Count: > 0 } unknown) yield return evidence.NotJudgedPorts(unknown);
        if (evidence.Waiting.Count == 0) yield break;
        // If the processor states or the ports of the last read are not known, the rule gives the reason. Otherwise CollectPath would take
        // each channel for a closed one.
        if ((evidence.WhyNoContexts ?? evidence.ContextReads[^1].WhyNoPorts) is { } whyNoReads)
        {
            yield return RuleFinding.NotJudged(whyNoReads);
            yield break;
        }
        foreach (var channels in evidence.Each(evidence.Waiting.GroupBy(channel => channel.Vcpu!.Value)))
        {
            // The link that this rule judges belongs to the vCPU, so all waiting events of a vCPU stop at it. One finding for each vCPU is
            // enough.
            var findings = evidence.Each(channels).Select(channel => EvaluatePath(evidence, channel)).OfType<RuleFinding>();
            if (findings.Select(finding => (RuleFinding?)finding).FirstOrDefault() is { } first) yield return first;
        }
    }

    /// <summary>
    /// Determines whether the path of an event can be judged only with further reads of the processor states
    /// (<see cref="DomainEvidence.Series"/>).
    /// </summary>
    public static bool NeedsSeries(DomainEvidence evidence) =>
        CollectPaths(evidence).Any(facts => EventPathEvaluator.Evaluate(facts).NeedsSeries);

    /// <summary>Determines whether the rule is about domains of a type.</summary>
    protected virtual bool Covers(DomainType? type) => true;

    /// <summary>Determines whether it is a fault that an event stops at the link. It is not if the guest is only busy or waits.</summary>
    protected abstract bool IsFault(DomainEvidence evidence, EventPathFacts facts);

    /// <summary>Returns the severity of a fault.</summary>
    protected virtual FaultSeverity GetSeverity(DomainEvidence evidence) => FaultSeverity.Critical;

    /// <summary>Determines whether the rule cannot judge the link, because it is not known whether the link stops the event.</summary>
    protected virtual bool IsOpen(EventPathFacts facts, XenEventPathStep step) => step.State == EventLinkState.Unknown;

    /// <summary>Collects the facts about a waiting event from the reads of the processor states; null if its channel has changed.</summary>
    protected static EventPathFacts? CollectPath(DomainEvidence evidence, XenEventChannel channel)
    {
        var facts = evidence.ContextReads[^1].ChannelAt(channel.Port) is { } latest && latest.Vcpu == channel.Vcpu
            ? EventPathReads.Collect(evidence.ContextReads, latest, isLive: evidence.ContextReads.Count > 1, evidence.Series)
            : null;
        return facts is { Reads.Count: > 0 } ? facts : null;
    }

    /// <summary>Collects the facts about each event that waits; none if the processor states were not read.</summary>
    protected static IEnumerable<EventPathFacts> CollectPaths(DomainEvidence evidence) =>
        evidence.WhyNoContexts is null
            ? evidence.Each(evidence.Waiting).Select(channel => CollectPath(evidence, channel)).OfType<EventPathFacts>()
            : [];

    private RuleFinding? EvaluatePath(DomainEvidence evidence, XenEventChannel channel)
    {
        // The event must be pending and not masked in each read. CollectPath returns null if the channel is closed or has another vCPU in
        // the last read. Such an event is not judged.
        if (CollectPath(evidence, channel) is not { } facts || facts.Reads.Any(read => read is { Pending: false } or { Masked: true }))
            return null;
        if (facts.Reads.Any(read => read is not { Pending: true, Masked: false }))
            return evidence.NotJudgedPorts([channel.Port]);
        var finding = EventPathEvaluator.Evaluate(facts);
        if (finding.StopsAt == Link && IsFault(evidence, facts))
        {
            return evidence.Fault(
                this,
                GetSeverity(evidence),
                finding.Evidence,
                EventPathAdvice.Create(facts, finding, evidence)!,
                channel.Port,
                channel.Vcpu);
        }
        var step = finding.Steps.FirstOrDefault(step => step.Link == Link);
        if (finding.StopsAt is null && step is not null && IsOpen(facts, step)) return RuleFinding.NotJudged(step.Evidence);
        return null;
    }
}
