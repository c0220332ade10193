using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// A PV vCPU runs with its interrupts off while an event waits, whenever it is looked at: its kernel is caught in a section that no
/// interrupt may enter.
/// </summary>
internal sealed class UpcallMasked : IFaultRule
{
    private const int MinimumSamples = 3;

    public string Name => nameof(UpcallMasked);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        // Only a PV guest knows the mask.
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
                $"Its kernel hangs with interrupts off. Keep evidence (Export-XenCapture -Path guest.xencap -DomId "
                    + $"{FaultText.Plain(evidence.DomId)}; xl dump-core), then restart the guest. "
                    + $"Only where a poke set the bit: Set-XenVcpuInfo -DomId {FaultText.Plain(evidence.DomId)} -Vcpu {vcpu} -UpcallMask "
                    + $"$false -Force.",
                vcpu: vcpu);
        }
    }
}
