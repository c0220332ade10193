using System.Globalization;
using System.Text.RegularExpressions;

namespace XenShared.Tests.Support;

/// <summary>
/// Reads the output of debug key <c>e</c>. It is Xen's own view of every port, so the page's bitmaps are compared with it.
/// </summary>
internal static partial class DebugKeyText
{
    /// <summary>Returns the ports of one domain.</summary>
    public static IReadOnlyList<DebugKeyPort> Parse(string text, ushort domId)
    {
        var ports = new List<DebugKeyPort>();
        int? current = null;
        foreach (var line in text.Split('\n'))
        {
            if (Heading().Match(line) is { Success: true } heading)
                current = int.Parse(heading.Groups[1].Value, CultureInfo.InvariantCulture);
            else if (current == domId && Port().Match(line) is { Success: true } port)
                ports.Add(ToPort(port.Groups));
        }
        return ports;
    }

    private static DebugKeyPort ToPort(GroupCollection groups) => new(
        uint.Parse(groups["port"].Value, CultureInfo.InvariantCulture),
        groups["pending"].Value == "1",
        groups["masked"].Value == "1",
        groups["state"].Length > 1,
        groups["consumer"].Value != "0");

    [GeneratedRegex(@"Event channel information for domain (\d+):")]
    private static partial Regex Heading();

    [GeneratedRegex(@"^\(XEN\)\s+(?<port>\d+) \[(?<pending>[01])/(?<masked>[01])/(?<state>[^\]]+)\]: s=\d n=\d+ x=(?<consumer>\d+)")]
    private static partial Regex Port();
}
