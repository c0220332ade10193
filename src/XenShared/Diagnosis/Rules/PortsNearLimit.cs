using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a domain with few free ports. When none is left, a new device or vCPU fails. Xen does not report the limit of a domain, so the
/// rule assumes xl's default for guests (<c>max_event_channels</c>, 1,023). For the control domain, and for a guest with a higher port, it
/// uses the limit of the ABI.
/// </summary>
internal sealed class PortsNearLimit : IFaultRule
{
    // The highest port that xl permits by default. Port 0 is never assigned, so this is also the number of usable ports.
    private const uint GivenByXl = 1023;
    private const uint FifoPorts = (1 << 17) - 1;
    private const double NearShare = 0.9;

    public string Name => nameof(PortsNearLimit);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (evidence.WhyNoPorts is { } whyNot) yield return RuleFinding.NotJudged(whyNot);
        if (evidence.WhyNoPorts is not null || evidence.Latest.Guest.Ports is not { Bound: [.., var highest] } ports) yield break;
        var (limit, whose) = Limit(evidence, highest.Port);
        var used = ports.Bound.Count;
        if (whose is null)
            yield return RuleFinding.NotJudged($"its port limit is not known: {evidence.Latest.Guest.Abi.Evidence}");
        else if (used < limit * NearShare && !evidence.Latest.HasAllPorts)
            yield return RuleFinding.NotJudged("not all of its ports are known");
        if (whose is null || used < limit * NearShare)
            yield break;
        yield return evidence.Fault(
            this, used >= limit ? FaultSeverity.Critical : FaultSeverity.Warning,
            $"{FaultText.Number(used)} of the {FaultText.Number(limit)} ports {whose} are in use; the highest is "
                + $"{FaultText.Number(highest.Port)}.",
            Advice(evidence.DomId));
    }

    private static AdviceText Advice(ushort domId)
    {
        if (domId == 0) return $"{RuleCommands.ListChannels(domId, groupBy: "RemoteDomId")} shows which domains use most of them.";
        return $"Raise max_event_channels in the domain's configuration, or use fewer queues for its devices; "
            + $"{RuleCommands.ListChannels(domId, groupBy: "State, Device")} shows which.";
    }

    private static (uint Limit, string? Whose) Limit(DomainEvidence evidence, uint highest)
    {
        if (evidence.DomId != 0 && highest <= GivenByXl) return (GivenByXl, "that xl gives a domain by default");
        return evidence.Latest.Guest.Abi.Abi switch
        {
            EventAbi.Fifo => (FifoPorts, "that FIFO channels have"),
            EventAbi.TwoLevel when evidence.Layout is { } layout => ((uint)layout.PortCount - 1, "that two-level channels have"),
            _ => (0, null),
        };
    }
}
