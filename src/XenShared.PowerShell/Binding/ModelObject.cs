using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace XenShared.PowerShell.Binding;

/// <summary>Objects of the model out of the pipeline. One that was sent from another process is made anew from its properties, as far as reports and metrics need them.</summary>
internal static class ModelObject
{
    private const string Prefix = "Deserialized.";

    /// <summary>The object; null when it is none of the model.</summary>
    public static object? Of(PSObject item) => item.BaseObject switch
    {
        XenDomain or XenEventChannel or XenVcpuInfo or XenSharedInfo or XenFault or XenRuleResult => item.BaseObject,
        _ => item.TypeNames.FirstOrDefault(name => name.StartsWith(Prefix, StringComparison.Ordinal))?[Prefix.Length..] switch
        {
            "XenShared.XenDomain" => Domain(item),
            "XenShared.XenEventChannel" => Channel(item),
            "XenShared.XenVcpuInfo" => Vcpu(item),
            "XenShared.XenSharedInfo" => Page(item),
            "XenShared.XenFault" => Fault(item),
            "XenShared.XenRuleResult" => Result(item),
            _ => null,
        },
    };

    private static XenDomain Domain(PSObject item) => new()
    {
        DomId = Value<ushort>(item, nameof(XenDomain.DomId)) ?? 0,
        Name = Text(item, nameof(XenDomain.Name)),
        Uuid = Value<Guid>(item, nameof(XenDomain.Uuid)) ?? Guid.Empty,
        Type = Value<DomainType>(item, nameof(XenDomain.Type)),
        State = Value<DomainState>(item, nameof(XenDomain.State)) ?? default,
        VcpuCount = Value<int>(item, nameof(XenDomain.VcpuCount)) ?? 0,
        Width = Value<int>(item, nameof(XenDomain.Width)),
        EventAbi = Value<EventAbi>(item, nameof(XenDomain.EventAbi)) ?? default,
        SharedInfoFrame = Value<ulong>(item, nameof(XenDomain.SharedInfoFrame)),
        CpuTime = Value<TimeSpan>(item, nameof(XenDomain.CpuTime)) ?? default,
        MemoryBytes = Value<ulong>(item, nameof(XenDomain.MemoryBytes)) ?? 0,
        HostName = Text(item, nameof(XenDomain.HostName)) ?? "",
    };

    private static XenEventChannel Channel(PSObject item) => new()
    {
        DomId = Value<ushort>(item, nameof(XenEventChannel.DomId)) ?? 0,
        DomainName = Text(item, nameof(XenEventChannel.DomainName)),
        Port = Value<uint>(item, nameof(XenEventChannel.Port)) ?? 0,
        State = Value<ChannelState>(item, nameof(XenEventChannel.State)),
        Pending = Value<bool>(item, nameof(XenEventChannel.Pending)),
        Masked = Value<bool>(item, nameof(XenEventChannel.Masked)),
        EventAbi = Value<EventAbi>(item, nameof(XenEventChannel.EventAbi)) ?? default,
        HostName = Text(item, nameof(XenEventChannel.HostName)) ?? "",
    };

    private static XenVcpuInfo Vcpu(PSObject item) => new()
    {
        DomId = Value<ushort>(item, nameof(XenVcpuInfo.DomId)) ?? 0,
        DomainName = Text(item, nameof(XenVcpuInfo.DomainName)),
        Vcpu = Value<int>(item, nameof(XenVcpuInfo.Vcpu)) ?? 0,
        UpcallPending = Value<bool>(item, nameof(XenVcpuInfo.UpcallPending)),
        UpcallMask = Value<bool>(item, nameof(XenVcpuInfo.UpcallMask)),
        IsLive = Value<bool>(item, nameof(XenVcpuInfo.IsLive)),
        Time = Part(item, nameof(XenVcpuInfo.Time)) is { } time && Value<TimeSpan>(time, nameof(XenVcpuTime.SystemTime)) is { } system ? new XenVcpuTime { SystemTime = system } : null,
        HostName = Text(item, nameof(XenVcpuInfo.HostName)) ?? "",
    };

    private static XenSharedInfo Page(PSObject item) => new()
    {
        DomId = Value<ushort>(item, nameof(XenSharedInfo.DomId)) ?? 0,
        DomainName = Text(item, nameof(XenSharedInfo.DomainName)),
        Layout = Value<GuestLayout>(item, nameof(XenSharedInfo.Layout)) ?? default,
        WallClock = Part(item, nameof(XenSharedInfo.WallClock)) is { } clock ? Clock(clock) : null,
        Vcpu = [.. (Part(item, nameof(XenSharedInfo.Vcpu))?.BaseObject as IEnumerable ?? Array.Empty<object>()).Cast<object>().Select(vcpu => Vcpu(PSObject.AsPSObject(vcpu)))],
        HostName = Text(item, nameof(XenSharedInfo.HostName)) ?? "",
    };

    private static XenWallClock Clock(PSObject item) => new()
    {
        Version = Value<uint>(item, nameof(XenWallClock.Version)) ?? 0,
        Seconds = Value<ulong>(item, nameof(XenWallClock.Seconds)) ?? 0,
        Nanoseconds = Value<uint>(item, nameof(XenWallClock.Nanoseconds)) ?? 0,
    };

    private static XenFault Fault(PSObject item) => new()
    {
        DomId = Value<ushort>(item, nameof(XenFault.DomId)) ?? 0,
        DomainName = Text(item, nameof(XenFault.DomainName)),
        Vcpu = Value<int>(item, nameof(XenFault.Vcpu)),
        Port = Value<uint>(item, nameof(XenFault.Port)),
        Rule = Text(item, nameof(XenFault.Rule)) ?? "",
        Severity = Value<FaultSeverity>(item, nameof(XenFault.Severity)) ?? default,
        Evidence = Text(item, nameof(XenFault.Evidence)) ?? "",
        Advice = Text(item, nameof(XenFault.Advice)) ?? "",
        HostName = Text(item, nameof(XenFault.HostName)) ?? "",
    };

    // What does not say that the domain was judged says nothing.
    private static XenRuleResult Result(PSObject item) => new()
    {
        DomId = Value<ushort>(item, nameof(XenRuleResult.DomId)) ?? 0,
        DomainName = Text(item, nameof(XenRuleResult.DomainName)),
        Rule = Text(item, nameof(XenRuleResult.Rule)) ?? "",
        Outcome = Value<RuleOutcome>(item, nameof(XenRuleResult.Outcome)) ?? RuleOutcome.NotJudged,
        Reason = Text(item, nameof(XenRuleResult.Reason)),
        HostName = Text(item, nameof(XenRuleResult.HostName)) ?? "",
    };

    private static PSObject? Part(PSObject item, string property) => item.Properties[property]?.Value is { } value ? PSObject.AsPSObject(value) : null;

    private static string? Text(PSObject item, string property) => item.Properties[property]?.Value?.ToString();

    private static T? Value<T>(PSObject item, string property)
        where T : struct =>
        item.Properties[property]?.Value is { } value && LanguagePrimitives.TryConvertTo<T>(value, CultureInfo.InvariantCulture, out var known) ? known : null;
}
