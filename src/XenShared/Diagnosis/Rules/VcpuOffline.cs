using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects an event that waits for an offline vCPU, which cannot handle it. A kernel normally moves or closes the channels of a vCPU before
/// the vCPU goes offline.
/// </summary>
internal sealed class VcpuOffline : IFaultRule
{
    public string Name => nameof(VcpuOffline);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (evidence.WhyNoEvents is { } whyNot) yield return RuleFinding.NotJudged(whyNot);
        // If no vCPU is online, the rule NoVcpuOnline reports the fault, so this rule does not.
        if (evidence.WhyNoEvents is not null || !evidence.TakesInterrupts || evidence.Latest.Guest.Domain.OnlineVcpus == 0) yield break;
        var unknown = evidence.PortsOfUnknownState.Where(port => MayBeOffline(evidence, evidence.Latest.ChannelAt(port)?.Vcpu)).ToArray();
        if (unknown.Length > 0) yield return evidence.NotJudgedPorts(unknown);
        foreach (var channels in evidence.Each(evidence.Waiting.GroupBy(channel => channel.Vcpu!.Value)))
        {
            var vcpu = channels.Key;
            if (!MayBeOffline(evidence, vcpu)) continue;
            if (!evidence.KnowsRuns(vcpu))
            {
                yield return RuleFinding.NotJudged($"the state of vCPU {vcpu} is not known");
                continue;
            }
            uint[] ports = [.. channels.Select(channel => channel.Port)];
            yield return evidence.Fault(
                this, evidence.Graded(FaultSeverity.Critical),
                $"vCPU {vcpu} was offline {FaultText.InAll(evidence.Runs(vcpu).Count(), evidence.Span)}, and an unmasked event of "
                    + $"{FaultText.Ports(ports)} waited for it.{evidence.SingleSampleNote()}",
                EventPathAdvice.ForOffline(vcpu),
                ports.Length == 1 ? ports[0] : null,
                vcpu);
        }
    }

    private static bool MayBeOffline(DomainEvidence evidence, int? vcpu) =>
        vcpu is not { } number || evidence.Runs(number).All(run => !run.Vcpu.Online);
}
