using System.Globalization;
using System.Text.RegularExpressions;
using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Parses the lines of debug key <c>e</c> (<c>xen/common/event_channel.c</c>; the format is the same since Xen 4.8). Xen prints the line of
/// a port in several pieces, and text from another processor can come between them. So only a line that is complete from its prefix to its
/// last field is used. Lines of guests have another prefix.
/// </summary>
internal static partial class DebugKeyLine
{
    private const uint MaximumPort = (1 << 17) - 1;
    private const string NoWord =
        "Xen has no page of the guest's event array for this port yet; its events are queued in Xen, which does not print them";
    private const string Consumed = "Xen itself consumes this channel, and prints the same for all such channels";

    // "(XEN) ", and a timestamp in one of the formats of console_timestamps.
    private const string Prefix = @"^\(XEN\) (\[[0-9a-f .:\-]+\] )?";

    private const string Receiver = " n=(?<vcpu>[0-9]{1,5}) x=(?<consumer>[0-9]{1,3})";

    /// <summary>Determines whether the line is the first one of a dump.</summary>
    public static bool IsAnnouncement(string line) => Announcement().IsMatch(line);

    /// <summary>Returns the domain of a heading.</summary>
    public static ushort? DomainOf(string line) =>
        Heading().Match(line) is { Success: true } match
        && ushort.TryParse(match.Groups["domain"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var domId)
            ? domId
            : null;

    /// <summary>Determines whether the line is the one with the column names after a heading.</summary>
    public static bool IsColumns(string line) => Columns().IsMatch(line);

    /// <summary>Returns the port of a complete line.</summary>
    public static HypervisorPort? PortOf(string line)
    {
        if (PortLine().Match(line) is not { Success: true } match) return null;
        // Higher numbers do not exist for ports and vCPUs, so the line is damaged.
        if (NumberOf(match.Groups["port"], MaximumPort) is not { } port) return null;
        if (NumberOf(match.Groups["vcpu"], DomainInfo.MaximumVcpus - 1) is not { } vcpu) return null;
        var third = match.Groups["third"].ValueSpan;
        var isFifo = third.Length > 1;
        var hasNoWord = third[0] == '?';
        var isConsumed = match.Groups["consumer"].ValueSpan.ContainsAnyExcept('0');
        var isKnown = !hasNoWord && !isConsumed;
        return new HypervisorPort(
            port,
            // Xen's own numbers: 2 unbound, 3 interdomain, 4 PIRQ, 5 VIRQ, 6 IPI.
            match.Groups["state"].ValueSpan[0] switch
            {
                '2' => ChannelState.Unbound,
                '3' => ChannelState.Interdomain,
                '4' => ChannelState.PhysicalIrq,
                '5' => ChannelState.VirtualIrq,
                _ => ChannelState.Ipi,
            },
            (int)vcpu,
            isConsumed,
            isFifo ? EventAbi.Fifo : EventAbi.TwoLevel,
            isKnown ? match.Groups["pending"].ValueSpan[0] == '1' : null,
            isKnown ? match.Groups["masked"].ValueSpan[0] == '1' : null,
            // The number of the link is printed only if the bit LINKED is set; it is 0 for the last event of a queue. Without LINKED, a '-'
            // is printed.
            isFifo && !hasNoWord ? third[2] != '-' : null,
            isFifo && !hasNoWord ? third[0] == 'B' : null,
            hasNoWord ? NoWord : isConsumed ? Consumed : null)
        {
            RemoteDomId = (ushort?)NumberOf(match.Groups["remote"], ushort.MaxValue),
            RemotePort = NumberOf(match.Groups["peer"], uint.MaxValue),
            Irq = NumberOf(match.Groups["irq"], uint.MaxValue),
        };
    }

    /// <summary>
    /// Returns the date and time that Xen printed before the line; null if there is none, or only the time since its start.
    /// </summary>
    public static DateTimeOffset? TimeOf(string line) =>
        Dated().Match(line) is { Success: true } match
        && DateTimeOffset.TryParse(
            match.Groups["time"].ValueSpan,
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var time)
            ? time
            : null;

    /// <summary>Returns the version of Xen from a line of its start messages.</summary>
    public static XenVersion? VersionOf(string line) =>
        Banner().Match(line) is { Success: true } match
            ? new XenVersion(
                int.Parse(match.Groups["major"].ValueSpan, CultureInfo.InvariantCulture),
                int.Parse(match.Groups["minor"].ValueSpan, CultureInfo.InvariantCulture),
                match.Groups["extra"].Value)
            : null;

    /// <summary>Returns the line without the prefix of a logger: a time in brackets, or the prefix of syslog.</summary>
    public static string WithoutLogger(string line) => Logger().Match(line) is { Success: true } match ? line[match.Length..] : line;

    /// <summary>Determines whether Xen wrote it.</summary>
    public static bool IsOfXen(string line) => line.StartsWith("(XEN) ", StringComparison.Ordinal);

    private static uint? NumberOf(Group group, uint highest) =>
        group.Success
        && uint.TryParse(group.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number <= highest
            ? number
            : null;

    /// <summary>Determines whether the line is an incomplete line of a port, so that a port is missing.</summary>
    public static bool HoldsBrokenPort(string line) => BrokenPort().IsMatch(line);

    /// <summary>Determines whether the line is an incomplete heading, so that a domain is missing.</summary>
    public static bool HoldsBrokenHeading(string line) => BrokenHeading().IsMatch(line);

    [GeneratedRegex(Prefix + @"'e' pressed -> ", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Announcement();

    [GeneratedRegex(
        Prefix + @"Event channel information for domain (?<domain>[0-9]{1,5}):$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant
    )]
    private static partial Regex Heading();

    [GeneratedRegex(Prefix + @" +port \[p/m/s\]$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Columns();

    // Third field: one digit (two-level), or "B 12 ", " - ", "? " (FIFO; the number padded to four places, and the '?' to the same width).
    [GeneratedRegex(
        Prefix
            + @" {4,7}(?<port>[1-9][0-9]{0,5}) \[(?<pending>[01])/(?<masked>[01])/"
            + @"(?<third>[01]|[B ] (-   |[0-9]   |[0-9]{2}  |[0-9]{3} |[0-9]{4,6})|\?     )\]: ("
            + "s=(?<state>2)"
            + Receiver
            + " d=(?<remote>[0-9]+)|"
            + "s=(?<state>3)"
            + Receiver
            + " d=(?<remote>[0-9]+) p=(?<peer>[0-9]+)|"
            + "s=(?<state>4)"
            + Receiver
            + " p=(?<irq>[0-9]+) i=-?[0-9]+|"
            + "s=(?<state>5)"
            + Receiver
            + " v=(?<irq>[0-9]+)|"
            + "s=(?<state>6)"
            + Receiver
            + @")( Z=\S+)?$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant
    )]
    private static partial Regex PortLine();

    [GeneratedRegex(
        @"^\(XEN\) \[(?<time>[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?)\] ",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant
    )]
    private static partial Regex Dated();

    [GeneratedRegex(
        @"^\(XEN\) (\[[0-9a-f .:\-]+\] )?Xen version (?<major>[0-9]{1,3})\.(?<minor>[0-9]{1,3})(?<extra>[-.a-z0-9]{0,16}) ",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant
    )]
    private static partial Regex Banner();

    [GeneratedRegex(
        @"^(\[[0-9A-Za-z :.,+\-]{1,40}\] |[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.,+\-]{8,24}Z? ([A-Za-z0-9._\-]{1,64} [A-Za-z0-9._\-"
            + @"\[\]]{1,64}: )?|[A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8} ([A-Za-z0-9._\-]{1,64} [A-Za-z0-9._\-\[\]]{1,64}: )?)(?=\(XEN\) )",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant
    )]
    private static partial Regex Logger();

    // The first piece is always printed in one part, so it reveals every line that was interrupted later.
    [GeneratedRegex(@"\(XEN\) (\[[0-9a-f .:\-]+\] )? {4,7}[0-9]+ \[", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex BrokenPort();

    [GeneratedRegex(
        @"\(XEN\) (\[[0-9a-f .:\-]+\] )?Event channel information for domain ",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant
    )]
    private static partial Regex BrokenHeading();
}
