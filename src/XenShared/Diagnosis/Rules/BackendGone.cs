using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a device whose backend has closed its channels, although both ends are connected according to xenstore. This happens when the
/// driver of the backend is unbound or its program ends: xenstore still contains "connected", but Xen has made the guest's ports unbound.
/// </summary>
internal sealed class BackendGone : IFaultRule
{
    public string Name => nameof(BackendGone);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        var whyNot = evidence.WhyNoDevices ?? (evidence.Latest.Xenbus is { Count: > 0 } ? evidence.WhyNoPorts : null);
        if (whyNot is not null)
        {
            yield return RuleFinding.NotJudged(whyNot);
            yield break;
        }
        if (!evidence.HasAllDevices) yield return RuleFinding.NotJudged(DeviceText.NotAllDevices);
        foreach (var device in evidence.DevicesInAll((snapshot, device) => WaitingPorts(snapshot, device).Length > 0))
        {
            var ports = WaitingPorts(evidence.Latest, device);
            yield return evidence.Fault(
                this,
                evidence.Graded(FaultSeverity.Warning),
                $"Both ends of {DeviceText.Name(device)} are Connected according to xenstore, but {FaultText.Ports(ports)} of the guest "
                    + $"{(ports.Length == 1 ? "waits" : "wait")} for domain {device.BackendDomId} to connect "
                    + $"{DeviceText.InAll(evidence)}: the backend has closed its end.{evidence.SingleSampleNote()}",
                DeviceText.Reattach(evidence, device, "why the driver or program of the backend has ended (its log, or the kernel's)"),
                ports[0]);
        }
        if (!evidence.Latest.HasAllPorts && evidence.Latest.Xenbus!.Any(device => device.Port.Any(IsUnknown)))
            yield return RuleFinding.NotJudged("not all of its ports are known");

        bool IsUnknown(uint port) => evidence.Latest.ChannelAt(port) is null;
    }

    // Returns the ports of a connected device that wait for its backend. If the device is not connected, returns none: a frontend allocates
    // its ports before it connects, so it is normal that they wait for the backend.
    private static uint[] WaitingPorts(DomainSnapshot snapshot, XenDevice device) =>
        device is { FrontendState: XenbusState.Connected, BackendState: XenbusState.Connected, BackendDomId: { } backend }
            ? [.. device.Port.Where(port =>
                snapshot.ChannelAt(port) is { State: ChannelState.Unbound } channel && channel.RemoteDomId == backend)]
            : [];
}
