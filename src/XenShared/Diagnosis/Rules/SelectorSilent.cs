using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects pending events in a word of the two-level bitmap whose bit in the vCPU's selector is clear. The vCPU checks only words whose bit
/// is set, so these events wait until the word gets another event.
/// </summary>
internal sealed class SelectorSilent : IFaultRule
{
    public string Name => nameof(SelectorSilent);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (WhyNotJudged(evidence) is { } whyNot) yield return RuleFinding.NotJudged(whyNot);
        if (evidence.WhyNoEvents is not null || !evidence.TakesInterrupts || !evidence.IsTwoLevel) yield break;
        var wordBits = (uint)evidence.Layout!.WordBytes * 8;
        foreach (var vcpu in evidence.Each(evidence.Latest.Vcpus).Select(record => record.Vcpu))
        {
            var records = evidence.Observe(vcpu);
            if (evidence.WhyNoRecord(vcpu) is { } whyNoRecord)
                yield return RuleFinding.NotJudged(whyNoRecord);
            if (records.Count == 0)
                continue;
            var waiting = evidence
                .ChannelsOf(vcpu)
                .Where(channel =>
                    channel.State is not null
                    && records.All(observation => (observation.Selector >> (int)(channel.Port / wordBits) & 1) == 0))
                .Select(channel => (Channel: channel, Seen: evidence.Observe(channel.Port)))
                .Where(channel =>
                    channel.Seen.Count > 0 && channel.Seen.All(observation => observation is { Pending: true, Masked: false }))
                .ToArray();
            var silent = waiting.Where(channel => channel.Seen.Count > 1).Select(channel => channel.Channel).ToArray();
            if (silent.Length < waiting.Length) yield return RuleFinding.NotJudged(DomainEvidence.NeedsSamples);
            if (silent.Length == 0) continue;
            var words = string.Join(", ", silent.Select(channel => channel.Port / wordBits).Distinct());
            yield return evidence.Fault(
                this, evidence.Graded(FaultSeverity.Warning),
                $"vCPU {vcpu}'s selector (0x{records[^1].Selector:x}) did not contain word {words} "
                    + $"{FaultText.InAll(records.Count, evidence.Span)}, where "
                    + $"{FaultText.Ports([.. silent.Select(channel => channel.Port)])} waited unmasked.{evidence.SingleSampleNote()}",
                evidence.Repair(silent[0], unmask: false), vcpu: vcpu);
        }
    }

    // Returns why the domain cannot be judged; null if it can, or if the rule is not about it. For example, the rule is not about a FIFO
    // guest, which does not use the selector.
    private static string? WhyNotJudged(DomainEvidence evidence) =>
        evidence.WhyNoEvents
        ?? (
            !evidence.TakesInterrupts || evidence.Abi == EventAbi.Fifo ? null
            : evidence.Abi == EventAbi.Unknown ? $"its event ABI is not known: {evidence.Latest.Guest.Abi.Evidence}"
            : evidence.WhyNoRecords);
}
