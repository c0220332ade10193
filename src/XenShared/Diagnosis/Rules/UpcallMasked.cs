using XenShared.Diagnosis.Evidence;
using XenShared.Poking;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a PV vCPU that runs with interrupts off in each sample while an event is pending: its kernel does not leave a section with
/// disabled interrupts.
/// </summary>
internal sealed class UpcallMasked : IFaultRule
{
    private const int MinimumSamples = 3;

    public string Name => nameof(UpcallMasked);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        // Only PV guests use evtchn_upcall_mask, so the rule is about PV guests. A guest whose type is not known may be one of them.
        var mayBePv = evidence.TakesInterrupts && evidence.Latest.Guest.Domain.Type is null or DomainType.PV;
        var whyNot = evidence.WhyNoEvents
            ?? (!mayBePv ? null : evidence.WhyNoRecords ?? (evidence.Latest.Guest.Domain.Type is null ? "its type is not known" : null));
        if (whyNot is not null)
            yield return RuleFinding.NotJudged(whyNot);
        if (whyNot is not null || !mayBePv)
            yield break;
        foreach (var vcpu in evidence.Each(evidence.Latest.Vcpus).Select(record => record.Vcpu))
        {
            var observations = evidence.Observe(vcpu);
            if (evidence.WhyNoRecord(vcpu) is { } whyNoRecord)
                yield return RuleFinding.NotJudged(whyNoRecord);
            if (observations.Count == 0 || observations.Any(observation => observation is not { UpcallPending: true, UpcallMask: true }))
                continue;
            if (observations.Count < MinimumSamples)
                yield return RuleFinding.NotJudged(DomainEvidence.NeedsSamples);
            if (observations.Count < MinimumSamples || !evidence.IsRunning(vcpu))
                continue;
            yield return evidence.Fault(
                this, evidence.Graded(FaultSeverity.Critical),
                $"vCPU {vcpu} was on a processor with its interrupts off (upcall_mask 1) and an event waiting "
                    + $"{FaultText.InAll(observations.Count, evidence.Span)}.{evidence.SingleSampleNote()}",
                Advice(evidence.DomId, vcpu),
                vcpu: vcpu);
        }
    }

    private static AdviceText Advice(ushort domId, int vcpu)
    {
        var clear = new SetVcpuRequest { DomId = domId, Vcpu = vcpu, UpcallMask = false, Force = true };
        return $"Its kernel hangs with interrupts off. Keep evidence with {RuleCommands.Capture(domId)} and xl dump-core, then restart the "
            + $"guest. Only if a poke set the bit, use {RuleCommands.Poke(clear)} instead.";
    }
}
