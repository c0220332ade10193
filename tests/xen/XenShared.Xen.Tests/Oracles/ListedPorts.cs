using System.Globalization;
using System.Text.RegularExpressions;

namespace XenShared.Xen.Tests.Oracles;

/// <summary>
/// Reads the output of <c>lsevtchn</c> (<c>tools/xcutils/lsevtchn.c</c>): every port of a domain that is not closed and that Xen reports.
/// </summary>
internal static partial class ListedPorts
{
    /// <summary>Reads the lines.</summary>
    /// <exception cref="FormatException">A line of another shape: an oracle that skips what it does not know would prove
    /// nothing.</exception>
    public static IReadOnlyList<ListedPort> Parse(string text) =>
        [.. text.Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0).Select(ParseLine)];

    private static ListedPort ParseLine(string line)
    {
        if (Line().Match(line) is not { Success: true } match) throw new FormatException($"lsevtchn printed '{line}'.");
        var port = (uint)Number(match, "port")!;
        var vcpu = (int)Number(match, "vcpu")!;
        if (match.Groups["irqKind"].Success)
            return new(
                port,
                match.Groups["irqKind"].Value == "Physical" ? ChannelState.PhysicalIrq : ChannelState.VirtualIrq,
                vcpu,
                Irq: (uint?)Number(match, "irq"));
        if (match.Groups["ipi"].Success)
            return new(port, ChannelState.Ipi, vcpu);
        var remotePort = (uint?)Number(match, "remotePort");
        return new(
            port,
            remotePort is null ? ChannelState.Unbound : ChannelState.Interdomain,
            vcpu,
            (ushort?)Number(match, "domain"),
            remotePort);
    }

    private static long? Number(Match match, string group) =>
        match.Groups[group] is { Success: true } found ? long.Parse(found.Value, CultureInfo.InvariantCulture) : null;

    // With FLASK, ": label" follows.
    [GeneratedRegex(
        @"^\s*(?<port>\d+): VCPU (?<vcpu>\d+): (?:Interdomain \((?:Connected|Waiting connection)\) - Remote Domain (?<domain>\d+)(?:, Port "
            + @"(?<remotePort>\d+))?|(?<irqKind>Physical|Virtual) IRQ (?<irq>\d+)|(?<ipi>IPI))(?:: \S+)?$",
        RegexOptions.ExplicitCapture
    )]
    private static partial Regex Line();
}
