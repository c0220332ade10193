namespace XenShared.Diagnosis.Rules;

/// <summary>A PV vCPU runs with its interrupts off while an event waits, whenever it is looked at: its kernel is caught in a section that no interrupt may enter.</summary>
internal sealed class UpcallMasked : IFaultRule
{
    private const int TellingSamples = 3;

    public string Name => nameof(UpcallMasked);

    public IEnumerable<XenFault> Judge(DomainEvidence evidence)
    {
        if (!evidence.TakesInterrupts || evidence.Latest.Guest.Domain.Type != DomainType.PV) yield break;
        foreach (var vcpu in evidence.Latest.Vcpus.Select(record => record.Vcpu))
        {
            var seen = evidence.Observe(vcpu);
            if (seen.Count < TellingSamples || seen.Any(one => one is not { UpcallPending: true, UpcallMask: true }) || !evidence.IsRunning(vcpu)) continue;
            yield return evidence.Fault(
                this, evidence.Graded(FaultSeverity.Critical),
                $"vCPU {vcpu} was on a processor with its interrupts off (upcall_mask 1) and an event waiting {FaultText.InAll(seen.Count, evidence.Span)}.{evidence.Doubt()}",
                $"Its kernel hangs with interrupts off. Keep evidence (Export-XenCapture -Path guest.xencap -DomId {FaultText.Plain(evidence.DomId)}; xl dump-core), then restart the guest. "
                    + $"Only where a poke set the bit: Set-XenVcpuInfo -DomId {FaultText.Plain(evidence.DomId)} -Vcpu {vcpu} -UpcallMask $false -Force.",
                vcpu: vcpu);
        }
    }
}
