using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a device that stays unconnected, and names the end that does not act. It is no fault if the frontend has not started to connect,
/// because the guest may have no driver for the device. It is no fault either if both ends have closed the device.
/// </summary>
internal sealed class DeviceNotConnected : IFaultRule
{
    public string Name => nameof(DeviceNotConnected);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (evidence.WhyNoDevices is { } whyNot) yield return RuleFinding.NotJudged(whyNot);
        if (evidence.WhyNoDevices is not null) yield break;
        if (!evidence.HasAllDevices) yield return RuleFinding.NotJudged(DeviceText.NotAllDevices);
        foreach (var latest in evidence.Latest.Xenbus!)
        {
            if (IsUnknown(latest)) yield return RuleFinding.NotJudged($"the backend of {DeviceText.Name(latest)} is not known");
            if (FindBlocker(latest) is not { } blocker
                || !evidence.DevicesInAll((_, device) => HasSameStates(device, latest)).Contains(latest)) continue;
            if (blocker.IsFrontend && evidence.Latest.CanRun == false)
            {
                yield return RuleFinding.NotJudged("a domain that is paused connects no device");
                continue;
            }
            yield return evidence.Fault(
                this,
                evidence.Graded(FaultSeverity.Warning),
                $"{DeviceText.State($"The frontend of {DeviceText.Name(latest)}", latest.FrontendState)} and "
                    + $"{DeviceText.State($"the backend in domain {latest.BackendDomId}", latest.BackendState)} "
                    + $"{DeviceText.InAll(evidence)}: {blocker.Reason}.{evidence.SingleSampleNote()}",
                Advice(evidence, latest, blocker.IsFrontend));
        }
    }

    private static AdviceText Advice(DomainEvidence evidence, XenDevice device, bool isFrontend) =>
        isFrontend
            ? $"See the log of the guest's kernel about the device (xl console {evidence.DomId}), and whether its driver is loaded; "
                + $"{RuleCommands.ListDevices(evidence.DomId)} shows both ends."
            : DeviceText.Reattach(evidence, device, "the log of the backend (dmesg, /var/log/xen)");

    private static bool IsUnknown(XenDevice device) =>
        device is { BackendDomId: null, Kind: not "console" }
        && device.FrontendState is XenbusState.InitWait or XenbusState.Initialised or XenbusState.Connected;

    private static bool HasSameStates(XenDevice left, XenDevice right) =>
        (left.FrontendState, left.BackendState, left.HotplugStatus) == (right.FrontendState, right.BackendState, right.HotplugStatus);

    // Returns which end of the device must act next, and the reason; null if neither end prevents the connection. For example, the device
    // is connected, or the guest does not use it.
    private static (bool IsFrontend, string Reason)? FindBlocker(XenDevice device)
    {
        // The states of a console show nothing: its ends do not negotiate, and its backend keeps the state that the toolstack wrote. If the
        // hotplug script has failed, the rule HotplugFailed reports the device.
        if (device is { Kind: "console" } or { BackendDomId: null } || HotplugFailed.HasFailed(device)) return null;
        return (device.FrontendState, device.BackendState) switch
        {
            (XenbusState.Connected, XenbusState.Connected) => null,
            (XenbusState.Reconfiguring or XenbusState.Reconfigured, _) => null,
            (_, XenbusState.Reconfiguring or XenbusState.Reconfigured) => null,
            (null or XenbusState.Unknown, _) => null,
            (XenbusState.Initialising, XenbusState.Connected) =>
                (false, "the backend is still connected to the frontend as it was before"),
            (XenbusState.Closing or XenbusState.Closed, XenbusState.Connected) or (XenbusState.Closed, XenbusState.Closing) =>
                (false, "the guest has closed the device, and the backend does not"),
            // It is not a fault that the guest has no driver for the device, has not started it, or has closed it.
            (XenbusState.Initialising or XenbusState.Closed, _) => null,
            (_, XenbusState.Closing or XenbusState.Closed) => (true, "the backend has closed the device, and the guest does not"),
            (_, null or XenbusState.Unknown or XenbusState.Initialising) =>
                (false, "the frontend waits for the backend, whose driver or program has not started"),
            (_, XenbusState.Connected) => (true, "the backend waits for the frontend, which does not connect"),
            (_, XenbusState.InitWait) when device is { HotplugStatus: null, Kind: "vif" or "vbd" } =>
                (false, "the backend waits for its hotplug script, which has reported nothing"),
            _ => (false, "the frontend waits for the backend, which does not connect"),
        };
    }
}
