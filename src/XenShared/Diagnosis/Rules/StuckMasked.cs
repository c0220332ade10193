using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a pending event of a channel that stays masked: its driver no longer handles events. IPIs are excluded, because every Linux
/// vCPU has an IPI for paravirtual spinlocks that it polls. This IPI is always masked and often pending.
/// </summary>
internal sealed class StuckMasked : IFaultRule
{
    public string Name => nameof(StuckMasked);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (evidence.WhyNoEvents is { } whyNot) yield return RuleFinding.NotJudged(whyNot);
        if (evidence.WhyNoEvents is not null || !evidence.TakesInterrupts) yield break;
        var leftOut = new List<uint>();
        foreach (var channel in evidence.Each(evidence.Channels))
        {
            if (channel.State is not (ChannelState.Interdomain or ChannelState.PhysicalIrq or ChannelState.VirtualIrq)) continue;
            var observations = evidence.Observe(channel.Port);
            if (observations.Any(observation => observation.Pending == false || observation.Masked == false)) continue;
            if (observations.Count == 0 || observations.Any(observation => observation is not { Pending: true, Masked: true }))
            {
                leftOut.Add(channel.Port);
                continue;
            }
            var span = evidence.SpanOf(observations);
            var severity =
                !(span >= DomainEvidence.MinimumObservation)
                    ? FaultSeverity.Information
                    : evidence.Graded(channel.Device is null ? FaultSeverity.Warning : FaultSeverity.Critical);
            yield return evidence.Fault(
                this,
                severity,
                $"{FaultText.Name(channel)} was pending and masked {FaultText.InAll(observations.Count, span)}: the guest's driver "
                    + $"has masked the channel and does not handle its event.{evidence.SingleSampleNote()}",
                evidence.Repair(channel, unmask: true),
                channel.Port,
                channel.Vcpu);
        }
        if (leftOut.Count > 0) yield return evidence.NotJudgedPorts(leftOut);
    }
}
