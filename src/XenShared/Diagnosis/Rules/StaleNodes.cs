using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a device that both ends have closed while the nodes of its channels remain in xenstore. Their ports are closed, or bound to
/// something else since.
/// </summary>
internal sealed class StaleNodes : IFaultRule
{
    public string Name => nameof(StaleNodes);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        var whyNot = evidence.WhyNoDevices ?? (evidence.Latest.Xenbus!.Any(IsClosed) ? evidence.WhyNoPorts : null);
        if (whyNot is not null)
        {
            yield return RuleFinding.NotJudged(whyNot);
            yield break;
        }
        if (!evidence.Latest.HasAllPorts && evidence.Latest.Xenbus!.Any(IsClosed))
        {
            yield return RuleFinding.NotJudged("not all of its ports are known");
            yield break;
        }
        if (!evidence.HasAllDevices) yield return RuleFinding.NotJudged(DeviceText.NotAllDevices);
        foreach (var device in evidence.DevicesInAll((snapshot, device) => IsClosed(device) && HasNoChannel(snapshot, device)))
        {
            yield return evidence.Fault(
                this,
                FaultSeverity.Information,
                $"Both ends of {DeviceText.Name(device)} are Closed {DeviceText.InAll(evidence)}, but xenstore still names "
                    + $"{FaultText.Ports(device.Port)}, which the device does not use any more.{evidence.SingleSampleNote()}",
                $"Nothing needs to be done while the guest does not use the device. If it should, bind its driver again in the guest, or "
                    + $"detach the device and attach it again; {RuleCommands.ListDevices(evidence.DomId)} shows both ends.",
                device.Port[0]);
        }
    }

    private static bool IsClosed(XenDevice device) =>
        device is { FrontendState: XenbusState.Closed, BackendState: XenbusState.Closed, Port.Count: > 0 };

    // Determines whether the guest has no channel to the backend at any port of the device. If it has one, the device is still in use,
    // although both ends are Closed in xenstore.
    private static bool HasNoChannel(DomainSnapshot snapshot, XenDevice device) =>
        device.Port.All(port =>
            snapshot.ChannelAt(port) is not { State: ChannelState.Interdomain or ChannelState.Unbound } channel
            || channel.RemoteDomId != device.BackendDomId);
}
