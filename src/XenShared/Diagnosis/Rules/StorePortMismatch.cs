using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a port that xenstore lists for a device but that is closed, or bound to an interrupt or IPI. A peer that relies on xenstore
/// waits for events that never arrive.
/// </summary>
internal sealed class StorePortMismatch : IFaultRule
{
    // The name of the suspend channel, which is not judged: after a restore, xenstore still lists its port, but it is normal that the port
    // is closed.
    private const string SuspendDevice = "suspend";

    public string Name => nameof(StorePortMismatch);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        var whyNot = evidence.WhyNoPorts ?? (evidence.Latest.KnowsDevices ? null : "the file has no xenstore nodes of its ports");
        if (whyNot is not null)
            yield return RuleFinding.NotJudged(whyNot);
        else foreach (var finding in JudgeDevices(evidence)) yield return finding;
    }

    private IEnumerable<RuleFinding> JudgeDevices(DomainEvidence evidence)
    {
        foreach (var (port, device) in evidence.Each(evidence.Latest.Devices.All.OrderBy(name => name.Key)))
        {
            if (device != SuspendDevice && evidence.Latest.ChannelAt(port) is null && !evidence.Latest.HasAllPorts)
                yield return RuleFinding.NotJudged("not all of its ports are known");
            if (device == SuspendDevice || !evidence.Snapshots.All(snapshot => FindActualUse(snapshot, port, device) is not null))
                continue;
            yield return evidence.Fault(
                this,
                evidence.Graded(FaultSeverity.Warning),
                $"According to xenstore, {device} uses port {FaultText.Plain(port)}, but that port is "
                    + $"{FindActualUse(evidence.Latest, port, device)}.{evidence.SingleSampleNote()}",
                $"{RuleCommands.ListChannels(evidence.DomId, includeClosed: true)} shows what is bound. If the guest uses the device, "
                    + $"detach it and attach it again; if it does not, the node is a leftover.",
                port);
        }
    }

    // Returns what the port is used for instead of the device, for a message; null if its use fits the device or is not known.
    private static string? FindActualUse(DomainSnapshot snapshot, uint port, string device)
    {
        if (snapshot.Guest.Ports is null || snapshot.Devices.Find(port) != device) return null;
        var channel = snapshot.ChannelAt(port);
        return channel switch
        {
            null => snapshot.HasAllPorts ? "closed" : null,
            { State: ChannelState.Ipi } => "an IPI",
            { State: ChannelState.VirtualIrq, Virq: { } virq } => $"bound to virtual interrupt {virq}",
            { State: ChannelState.PhysicalIrq } => $"bound to hardware interrupt {channel.Pirq}",
            _ => null,
        };
    }
}
