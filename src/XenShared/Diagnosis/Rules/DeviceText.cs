using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>Formats the parts of fault messages about devices.</summary>
internal static class DeviceText
{
    /// <summary>The reason why a rule did not judge all devices.</summary>
    public const string NotAllDevices = "not all of its devices are known";

    /// <summary>Returns the name of a device, such as <c>vbd 51712</c>.</summary>
    public static string Name(XenDevice device) => $"{device.Kind} {device.Id}";

    /// <summary>Returns an end and its state, such as <c>the frontend is InitWait</c>.</summary>
    public static string State(string end, XenbusState? state) => state is { } known ? $"{end} is {known}" : $"{end} has no state";

    /// <summary>Returns the number and time span of the samples, as in <see cref="FaultText.InAll"/>.</summary>
    public static string InAll(DomainEvidence evidence) => FaultText.InAll(evidence.Snapshots.Count, evidence.Span);

    /// <summary>Returns the advice to read a log in the domain of the backend, and then to detach the device and attach it again.</summary>
    public static AdviceText Reattach(DomainEvidence evidence, XenDevice device, string log) =>
        $"See {log} in domain {device.BackendDomId}. Then detach the device and attach it again ({Toolstack(evidence, device)}); "
            + $"{RuleCommands.ListDevices(evidence.DomId)} shows both ends.";

    private static string Toolstack(DomainEvidence evidence, XenDevice device) => device.Kind switch
    {
        "vif" => $"xl network-list {evidence.DomId}, xl network-detach and xl network-attach",
        "vbd" => $"xl block-list {evidence.DomId}, xl block-detach and xl block-attach",
        _ => $"with the tools of domain {device.BackendDomId}",
    };
}
