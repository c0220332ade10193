using System.Text;
using System.Text.RegularExpressions;

namespace XenShared.Files.DebugKeys;

/// <summary>Recognizes texts about Xen that do not contain the state of event channels, so that the error message can name them.</summary>
internal static partial class OtherText
{
    private static readonly (Regex Pattern, string Name)[] s_kinds =
    [
        (DomainList(), "the output of 'xl list'"),
        (VcpuList(), "the output of 'xl vcpu-list'"),
        (Store(), "the output of xenstore-ls"),
        (LinuxDebug(), "the output of Linux's xen_debug_interrupt"),
        (Grants(), "the output of debug key 'g'"),
        (RunQueues(), "the output of debug key 'r'"),
        (VirtualMachines(), "the output of debug key 'v'"),
        (Console(), "text of Xen's console without debug key 'e' or 'q'"),
    ];

    /// <summary>
    /// Returns the name of an output in a text that could not be read, because another program has changed its lines in an unknown way;
    /// null if there is none.
    /// </summary>
    /// <param name="start">The first bytes of the text.</param>
    public static string? DescribeUnread(ReadOnlySpan<byte> start)
    {
        var text = Encoding.Latin1.GetString(start);
        return UnreadDump().Match(text) is { Success: true } match ? $"a dump of debug key '{(match.Groups["q"].Success ? 'q' : 'e')}'"
            : Listing().IsMatch(text) ? "the output of lsevtchn"
            : null;
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

    [GeneratedRegex("^[>| ]*Name +ID +Mem +VCPUs", RegexOptions.Multiline)]
    private static partial Regex DomainList();

    [GeneratedRegex("^[>| ]*Name +ID +VCPU +CPU", RegexOptions.Multiline)]
    private static partial Regex VcpuList();

    [GeneratedRegex("^[>| ]*(tool|vm|local|/local/domain/[^ ]*|/vm/[^ ]*|[0-9 ]*backend) = \"", RegexOptions.Multiline)]
    private static partial Regex Store();

    [GeneratedRegex(@"^[^\n]*[0-9]+: masked=[01] pending=[01] event_sel ", RegexOptions.Multiline)]
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
