using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a device whose hotplug script failed, for example because a bridge is missing. The toolstack reports the failure but does not
/// remove the device, so its backend waits for the script.
/// </summary>
internal sealed class HotplugFailed : IFaultRule
{
    private const string Failed = "error";

    public string Name => nameof(HotplugFailed);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (evidence.WhyNoDevices is { } whyNot) yield return RuleFinding.NotJudged(whyNot);
        if (evidence.WhyNoDevices is not null) yield break;
        if (!evidence.HasAllDevices) yield return RuleFinding.NotJudged(DeviceText.NotAllDevices);
        foreach (var device in evidence.DevicesInAll((_, device) => HasFailed(device)))
        {
            yield return evidence.Fault(
                this,
                evidence.Graded(FaultSeverity.Warning),
                $"The hotplug script of {DeviceText.Name(device)} failed in domain {device.BackendDomId}"
                    + $"{(device.Error is { } error ? $" ({error})" : "")}; "
                    + $"{DeviceText.State("the backend", device.BackendState)}.{evidence.SingleSampleNote()}",
                DeviceText.Reattach(evidence, device, "what the script reported (/var/log/xen/xen-hotplug.log)"));
        }
    }

    /// <summary>
    /// Determines whether the hotplug script of a device failed. Only the status counts, because the error message of an earlier run can
    /// remain after a later run has succeeded.
    /// </summary>
    internal static bool HasFailed(XenDevice device) => device.HotplugStatus == Failed;
}
