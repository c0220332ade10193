using System.Globalization;
using System.Text.RegularExpressions;

namespace XenShared.Xen.Tests.Oracles;

/// <summary>
/// Reads the output of debug key 'e' for all domains (<c>xen/common/event_channel.c</c>, the same lines from 4.8 on). The text can follow
/// any timestamp, be between other lines, and be interrupted by text of another processor. Incomplete lines are left out, and never
/// guessed.
/// </summary>
internal sealed partial class DebugKeyEvents
{
    private readonly Dictionary<ushort, SortedDictionary<uint, DebugKeyPort>> _domains = [];

    private DebugKeyEvents()
    {
    }

    /// <summary>Gets the domains that were printed.</summary>
    public IEnumerable<ushort> Domains => _domains.Keys.Order();

    /// <summary>Reads what <c>xl dmesg</c> printed. Of several dumps the last one counts.</summary>
    public static DebugKeyEvents Parse(string text)
    {
        var events = new DebugKeyEvents();
        SortedDictionary<uint, DebugKeyPort>? ports = null;
        foreach (var line in text.Split('\n'))
        {
            if (line.Contains("'e' pressed", StringComparison.Ordinal))
            {
                events._domains.Clear();
                ports = null;
            }
            else if (Header().Match(line) is { Success: true } header)
            {
                ports = events._domains[ushort.Parse(header.Groups["domain"].Value, CultureInfo.InvariantCulture)] = [];
            }
            else if (ports is not null && Row().Match(line) is { Success: true } row)
            {
                var port = ToPort(row);
                ports[port.Port] = port;
            }
        }
        return events;
    }

    /// <summary>Returns the ports of a domain that are in use, lowest first; none if the domain was not printed.</summary>
    public IReadOnlyCollection<DebugKeyPort> Ports(ushort domId) => _domains.TryGetValue(domId, out var ports) ? ports.Values : [];

    /// <summary>Returns one port; null if it is not in use.</summary>
    public DebugKeyPort? Port(ushort domId, uint port) => _domains.GetValueOrDefault(domId)?.GetValueOrDefault(port);

    /// <summary>Returns the ABI in whose form a domain's ports are printed; null without ports.</summary>
    public EventAbi? Abi(ushort domId) => Ports(domId) is { Count: > 0 } ports ? ports.Select(port => port.Abi).Distinct().Single() : null;

    private static DebugKeyPort ToPort(Match row) =>
        new(
            Number(row, "port"),
            row.Groups["pending"].Value == "1",
            row.Groups["masked"].Value == "1",
            row.Groups["third"].Value is "0" or "1" ? EventAbi.TwoLevel : EventAbi.Fifo,
            (int)Number(row, "state"),
            (int)Number(row, "vcpu"),
            (int)Number(row, "consumer"),
            row.Groups["detail"]
                .Captures.ToDictionary(
                    detail => detail.Value[0],
                    detail => uint.Parse(detail.Value.AsSpan(2), CultureInfo.InvariantCulture)));

    private static uint Number(Match match, string group) => uint.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\(XEN\) (?:\[[^\]]*\] )?Event channel information for domain (?<domain>\d+):\s*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Header();

    // Third field: a digit (two-level); "B -   ", "  -   ", "  12  " or "?     " (FIFO). Last: Z=label with FLASK.
    [GeneratedRegex(
        @"^\(XEN\) (?:\[[^\]]*\] )?\s*(?<port>\d+) \[(?<pending>[01])/(?<masked>[01])/(?<third>[01]|[B ] (?:-|\d+) *|\? *)\]: s="
            + @"(?<state>\d+) n=(?<vcpu>\d+) x=(?<consumer>\d+)(?: (?<detail>[dpiv]=\d+))*(?: Z=\S+)?\s*$",
        RegexOptions.ExplicitCapture
    )]
    private static partial Regex Row();
}
