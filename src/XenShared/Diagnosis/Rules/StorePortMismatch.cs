using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// xenstore says that a device uses a port, and that port is closed, or bound to something that no device's peer can be: an interrupt or an
/// IPI. Whoever believes xenstore waits in vain.
/// </summary>
internal sealed class StorePortMismatch : IFaultRule
{
    // The node outlives what it names over a restore.
    private const string SuspendDevice = "suspend";

    public string Name => nameof(StorePortMismatch);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (
            (evidence.WhyNoPorts ?? (evidence.Latest.KnowsDevices ? null : "what xenstore says of its ports is not in the file")) is
            { } whyNot)
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
                $"xenstore says that {device} uses port {FaultText.Plain(port)}, but that port is "
                    + $"{FindActualUse(evidence.Latest, port, device)}.{evidence.SingleSampleNote()}",
                $"Get-XenEventChannel -DomId {FaultText.Plain(evidence.DomId)} -IncludeClosed shows what is bound. If the guest uses the "
                    + $"device, detach and attach it anew; if it does not, the node is a leftover.",
                port);
        }
    }

    // Null: nothing is wrong, or it is not known.
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
