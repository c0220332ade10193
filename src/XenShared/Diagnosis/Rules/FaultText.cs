using System.Globalization;
using XenShared.Diagnosis.Evidence;
using XenShared.Poking;

namespace XenShared.Diagnosis.Rules;

/// <summary>Formats the parts of fault messages.</summary>
internal static class FaultText
{
    private const int NamedPorts = 8;
    private const int NamedReasons = 3;

    /// <summary>Creates the fault of a domain.</summary>
    public static XenFault Fault(
        this DomainEvidence evidence,
        IFaultRule rule,
        FaultSeverity severity,
        string text,
        AdviceText advice,
        uint? port = null,
        int? vcpu = null)
    {
        // The program refuses to write to the control domain. So if the advice for it contains a command that writes, other advice is
        // given.
        if (evidence.DomId == 0 && advice.NamesWrite) advice = ControlDomainAdvice(port is not null);
        return new()
        {
            DomId = evidence.DomId,
            DomainName = evidence.Latest.Guest.Name,
            Vcpu = vcpu,
            Port = port,
            Rule = rule.Name,
            Severity = severity,
            Evidence = text,
            Advice = advice.ToString(),
            AdviceText = advice,
            HostName = evidence.Latest.Host.HostName,
            TakenAt = evidence.Latest.KnownTime,
        };
    }

    /// <summary>
    /// Creates the result of a rule from its findings. Each reason why a part was not judged is named only once. After the first three
    /// reasons, the others are only counted.
    /// </summary>
    public static XenRuleResult Result(this DomainEvidence evidence, IFaultRule rule, IReadOnlyCollection<RuleFinding> findings)
    {
        var reasons = findings.Select(finding => finding.WhyNotJudged).OfType<string>().Distinct().ToArray();
        return new XenRuleResult
        {
            DomId = evidence.DomId,
            DomainName = evidence.Latest.Guest.Name,
            Rule = rule.Name,
            Outcome =
                findings.Any(finding => finding.Fault is not null) ? RuleOutcome.Fault
                : reasons.Length > 0 ? RuleOutcome.NotJudged
                : RuleOutcome.NoFault,
            Reason =
                reasons.Length == 0
                    ? null
                    : string.Join("; ", reasons.Take(NamedReasons))
                        + (reasons.Length > NamedReasons ? $"; and {Number(reasons.Length - NamedReasons)} more" : ""),
            HostName = evidence.Latest.Host.HostName,
            TakenAt = evidence.Latest.KnownTime,
        };
    }

    /// <summary>Creates the finding that some channels were not judged, because their state or their other end is not known.</summary>
    /// <param name="evidence">The domain.</param>
    /// <param name="ports">The ports of these channels.</param>
    /// <param name="what">The property that is not known, such as <c>the state</c>.</param>
    public static RuleFinding NotJudgedPorts(this DomainEvidence evidence, IReadOnlyCollection<uint> ports, string what) =>
        RuleFinding.NotJudged(
            ports.Count == evidence.Channels.Count ? $"{what} of its channels is not known" : $"{what} of {Ports(ports)} is not known");

    /// <summary>Creates the finding for channels whose pending and masked bits are not known.</summary>
    public static RuleFinding NotJudgedPorts(this DomainEvidence evidence, IReadOnlyCollection<uint> ports) =>
        evidence.Latest.WhyUnknown is { } why ? RuleFinding.NotJudged(why) : evidence.NotJudgedPorts(ports, "the state");

    /// <summary>Returns a severity, one step lower if there is only one sample.</summary>
    public static FaultSeverity Graded(this DomainEvidence evidence, FaultSeverity severity) =>
        evidence.IsRepeated || severity == FaultSeverity.Information ? severity : severity - 1;

    /// <summary>Returns the remark for evidence from a single sample; empty if there are several.</summary>
    public static string SingleSampleNote(this DomainEvidence evidence) =>
        evidence.IsRepeated ? "" : " One sample only: sample again before acting on it.";

    /// <summary>Returns the number and time span of the samples, such as <c>in all 9 samples of 6.4 s</c>.</summary>
    public static string InAll(int samples, TimeSpan? span) =>
        samples == 1 ? "in the only sample"
        : span is { } time ? $"in all {Number(samples)} samples of {Seconds(time)}"
        : $"in all {Number(samples)} samples (their times are not known)";

    public static string Seconds(TimeSpan span) => span.TotalHours >= 2
        ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalHours:N1} h")
        : string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.0} s");

    public static string Number(IFormattable number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Formats a number without separators, as a command line accepts it.</summary>
    public static string Plain(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>Returns the name of a channel, such as <c>Port 66 (vbd51712)</c>.</summary>
    public static string Name(XenEventChannel channel) =>
        $"Port {Plain(channel.Port)}"
        + (
            channel.Device is { } device ? $" ({device})"
            : channel.Virq is { } virq ? $" ({virq})"
            : "");

    /// <summary>Returns a list of ports, of which only the first few are named.</summary>
    public static string Ports(IReadOnlyCollection<uint> ports) =>
        (ports.Count == 1 ? "port " : "ports ")
        + string.Join(", ", ports.Take(NamedPorts).Select(port => Plain(port)))
        + (ports.Count > NamedPorts ? $" and {Number(ports.Count - NamedPorts)} more" : "");

    /// <summary>
    /// Returns the channels on which an event from the control domain can make the vCPU check <paramref name="channel"/> too (two-level
    /// ABI). A vCPU checks whole words of the bitmap, so these channels are in the same word. If the record of the vCPU is known, a poke
    /// can set another word in its selector, so they can be in any word.
    /// </summary>
    private static XenEventChannel[] Notifiers(this DomainEvidence evidence, XenEventChannel channel)
    {
        if (!evidence.IsTwoLevel || channel.Vcpu is not { } vcpu) return [];
        var bits = (uint)evidence.Layout!.WordBytes * 8;
        var isRecordKnown = evidence.Observe(vcpu).Count > 0;
        return [.. evidence.ChannelsOf(vcpu).Where(candidate => candidate is { State: ChannelState.Interdomain, RemoteDomId: 0 }
            && (isRecordKnown || candidate.Port / bits == channel.Port / bits))];
    }

    /// <summary>
    /// Returns the advice for a pending event that is stuck: a command that makes the guest handle it. If there is no such command, the
    /// advice is what to do if the guest hangs.
    /// </summary>
    public static AdviceText Repair(this DomainEvidence evidence, XenEventChannel channel, bool unmask)
    {
        if (channel is { State: ChannelState.Interdomain, RemoteDomId: 0 }) return $"{Command(unmask)} makes Xen send it again.";
        if (evidence.Notifiers(channel) is [_, ..] notifiers)
        {
            // An event on one of these notifiers (other channels of the vCPU) makes the vCPU check this channel too. A masked channel does
            // not notify the vCPU. So if all of them are masked, the command must also unmask one.
            var unmasks = unmask || notifiers.All(notifier => notifier.Masked == true);
            return $"{Command(unmasks)} makes the vCPU check its word again.";
        }
        var capture = RuleCommands.Capture(evidence.DomId);
        if (evidence.IsTwoLevel)
        {
            return $"The control domain has no channel that can notify vCPU {channel.Vcpu}; if the guest hangs, restart the guest, and "
                + $"keep what {capture} writes for support.";
        }
        var owner = channel.State == ChannelState.Interdomain ? $"domain {channel.RemoteDomId}" : "Xen or the guest itself";
        return $"Only {owner} can raise it; if the guest hangs, restart it, and keep what {capture} writes for support.";

        AdvisedCommand Command(bool unmasks) =>
            RuleCommands.Poke(new RepairPortRequest { DomId = evidence.DomId, Port = channel.Port, Unmask = unmasks });
    }

    private static AdviceText ControlDomainAdvice(bool isAboutPort)
    {
        var capture = RuleCommands.Capture(0);
        if (isAboutPort)
            return $"Restart the program or driver of the control domain that owns the port, and keep what {capture} writes for support.";
        return $"Keep what {capture} writes for support, and restart the host if its control domain hangs.";
    }
}
