using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a pending event of an unmasked channel that will not be handled: it is in no queue, its vCPU was not notified, or its vCPU
/// sleeps. A bit that is set in each sample is not enough evidence, because a busy channel and a vCPU that waits for a processor look the
/// same.
/// </summary>
internal sealed class LostWakeup : IFaultRule
{
    public string Name => nameof(LostWakeup);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (evidence.WhyNoEvents is { } whyNot) yield return RuleFinding.NotJudged(whyNot);
        if (evidence.WhyNoEvents is not null || !evidence.TakesInterrupts) yield break;
        var leftOut = new List<uint>();
        foreach (var channel in evidence.Each(evidence.Channels))
        {
            if (channel is not { State: not (null or ChannelState.Closed), Vcpu: { } vcpu }) continue;
            var observations = evidence.Observe(channel.Port);
            if (observations.Any(observation => observation.Pending == false || observation.Masked == true)) continue;
            if (observations.Count == 0 || observations.Any(observation => observation is not { Pending: true, Masked: false }))
            {
                leftOut.Add(channel.Port);
                continue;
            }
            var lost = WhyLost(evidence, channel, vcpu, observations);
            if ((lost ?? WhyEntryNotJudged(evidence, vcpu)) is not { } why) continue;
            var span = evidence.SpanOf(observations);
            var isBrief = lost is null || !(span >= DomainEvidence.MinimumObservation);
            yield return evidence.Fault(
                this, isBrief ? FaultSeverity.Information : evidence.Graded(FaultSeverity.Critical),
                $"{FaultText.Name(channel)} was pending and not masked {FaultText.InAll(observations.Count, span)}, and "
                    + $"{why}.{evidence.SingleSampleNote()}",
                evidence.Repair(channel, unmask: false), channel.Port, vcpu);
        }
        if (leftOut.Count > 0) yield return evidence.NotJudgedPorts(leftOut);
    }

    // Returns a text if neither the run state nor the record of the vCPU is known: the event may be lost, or the vCPU may be about to
    // handle it. The caller then reports the fault only as information. Otherwise returns null.
    private static string? WhyEntryNotJudged(DomainEvidence evidence, int vcpu) =>
        evidence.KnowsRuns(vcpu) || evidence.Observe(vcpu).Count > 0 ? null : $"whether vCPU {vcpu} was about to handle it is not known";

    private static string? WhyLost(
        DomainEvidence evidence,
        XenEventChannel channel,
        int vcpu,
        IReadOnlyList<ChannelObservation> observations)
    {
        if (observations.All(observation => observation.Linked == false)) return "it was in no queue of the guest";
        if (evidence.IsTwoLevel && evidence.Observe(vcpu) is { Count: > 0 } records)
        {
            var word = (int)(channel.Port / (uint)(evidence.Layout!.WordBytes * 8));
            if (records.All(observation => (observation.Selector >> word & 1) == 0))
                return $"vCPU {vcpu}'s selector bit of word {word} was clear, so the vCPU does not check that word";
            if (records.All(observation => !observation.UpcallPending))
                return $"vCPU {vcpu} was not notified (upcall_pending 0)";
        }
        // The event is lost if its vCPU sleeps all the time. But a PV vCPU that has its interrupts off may sleep because it polls another
        // port. So such a sleep is no evidence.
        var isAsleep = evidence.IsAsleep(vcpu) && evidence.Observe(vcpu).All(observation => observation.UpcallMask != true);
        return observations.Count > 1 && isAsleep
            ? $"vCPU {vcpu} was asleep the whole time (blocked, no run time)"
            : null;
    }
}
