using System.Text;
using System.Text.RegularExpressions;

namespace XenShared.Files.DebugKeys;

/// <summary>Recognizes texts about Xen that do not contain the state of event channels, so that the error message can name them.</summary>
internal static partial class OtherText
{
    private static readonly (Regex Pattern, string Name)[] s_kinds =
    [
        (Grants(), "the output of debug key 'g'"),
        (RunQueues(), "the output of debug key 'r'"),
        (VirtualMachines(), "the output of debug key 'v'"),
        (Console(), "text of Xen's console without debug key 'e' or 'q'"),
    ];

    /// <summary>
    /// Returns the problem of a text with an output that could not be read, usually because another program has changed its lines in an
    /// unknown way; null if there is none.
    /// </summary>
    /// <param name="start">The first bytes of the text.</param>
    /// <param name="advice">What to do.</param>
    public static string? DescribeUnread(ReadOnlySpan<byte> start, out string advice)
    {
        const string Changed = "but unknown text is before or within its lines";
        var text = Encoding.Latin1.GetString(start);
        advice = "open the lines as they were printed";
        if (UnreadDump().Match(text) is { Success: true } match)
            return $"a dump of debug key '{(match.Groups["q"].Success ? 'q' : 'e')}', {Changed}";
        if (Listing().IsMatch(text)) return $"the output of lsevtchn, {Changed}";
        if (DomainList().IsMatch(text)) return $"the output of 'xl list', {Changed}";
        if (VcpuList().IsMatch(text)) return $"the output of 'xl vcpu-list', {Changed}";
        if (LinuxDebug().IsMatch(text)) return "the output of Linux's xen_debug_interrupt, but lines of it are missing";
        if (!Store().IsMatch(text)) return null;
        advice = "open the output of 'xenstore-ls -f'";
        return "the output of xenstore-ls, but no directory of a domain is in it, or the path that it lists is not known";
    }

    /// <summary>Returns the kind of a text; null if it is not recognized.</summary>
    /// <param name="start">The first bytes of the text.</param>
    public static string? Describe(ReadOnlySpan<byte> start)
    {
        var text = Encoding.Latin1.GetString(start);
        return Array.Find(s_kinds, kind => kind.Pattern.IsMatch(text)).Name;
    }

    [GeneratedRegex("[0-9]+: VCPU [0-9]+: (Interdomain|Physical IRQ|Virtual IRQ|IPI)")]
    private static partial Regex Listing();

    [GeneratedRegex("Name +ID +Mem +VCPUs")]
    private static partial Regex DomainList();

    [GeneratedRegex("Name +ID +VCPU +CPU")]
    private static partial Regex VcpuList();

    [GeneratedRegex("(^[>| ]*(tool|vm|local|[0-9 ]*backend)|/local/domain/[^ ]*|/vm/[^ ]*|/libxl/[^ ]*) = \"", RegexOptions.Multiline)]
    private static partial Regex Store();

    [GeneratedRegex(@"[0-9]+: masked=[01] pending=[01] event_sel |(^|\W)global mask:\r?$", RegexOptions.Multiline)]
    private static partial Regex LinuxDebug();

    [GeneratedRegex("'g' pressed -> |grant-table for remote d(omain)?:? ?[0-9]+")]
    private static partial Regex Grants();

    [GeneratedRegex("'r' pressed -> |sched_smt_power_savings: |Scheduler: SMP ")]
    private static partial Regex RunQueues();

    [GeneratedRegex(@"'v' pressed -> |\*{3,} VMCS Areas |\*{3,} VMCB Areas ")]
    private static partial Regex VirtualMachines();

    [GeneratedRegex("'e' pressed -|Event channel information for domain [0-9]|(?<q>'q' pressed -|General information for domain [0-9])")]
    private static partial Regex UnreadDump();

    [GeneratedRegex(@"\(XEN\) ")]
    private static partial Regex Console();
}
