using System.Globalization;
using System.Text;

namespace XenShared.Fuzz.Samples;

/// <summary>Writes what Xen prints at debug key <c>e</c>, among lines of others, and with the losses of real consoles.</summary>
public sealed class ConsoleLogWriter(Random random)
{
    private static readonly string[] s_others =
    [
        "(d1) hello",
        "(XEN) d3v0 Unhandled page fault",
        "[   12.345] eth0: link is up",
        "",
        "(XEN) Xen version 4.17.7 (Debian 4.17.7-1) (x) debug=n",
    ];
    private static readonly string[] s_times =
    [
        "",
        "",
        "",
        "[2026-11-22 12:00:01] ",
        "[2026-11-22 12:00:01.125] ",
        "[   45.123456] ",
        "[000000ab12cd34ef] ",
    ];
    private static readonly string[] s_loggers =
    [
        "",
        "",
        "",
        "[2026-11-22 12:00:01 UTC] ",
        "Nov 22 12:00:01 host xen: ",
        "2026-11-22T12:00:01+00:00 ",
    ];

    /// <summary>Returns a log with several dumps.</summary>
    public string Write()
    {
        var text = new StringBuilder();
        var start = s_loggers[random.Next(s_loggers.Length)] + "(XEN) " + s_times[random.Next(s_times.Length)];
        for (var dumps = random.Next(1, 4); dumps > 0; dumps--)
        {
            Others(text);
            if (random.Next(8) > 0) text.Append(start).Append("'e' pressed -> dumping event-channel info\n");
            var domId = 0;
            for (var domains = random.Next(1, 4); domains > 0; domains--, domId += random.Next(1, 4)) Domain(text, start, domId);
        }
        Others(text);
        return text.ToString();
    }

    private void Domain(StringBuilder text, string start, int domId)
    {
        text.Append(start).Append(CultureInfo.InvariantCulture, $"Event channel information for domain {domId}:\n");
        text.Append(start).Append("Polling vCPUs: {}\n").Append(start).Append("    port [p/m/s]\n");
        var isFifo = random.Next(2) == 0;
        for (var port = random.Next(1, 3); port < 12; port += random.Next(1, 4))
        {
            if (random.Next(16) == 0)
                Others(text);
            var third = (isFifo, random.Next(4)) switch
            {
                (false, var bit) => $"{bit & 1}",
                (true, 0) => "B -   ",
                (true, 1) => $"  {port,-4}",
                (true, 2) => "?     ",
                _ => "  -   ",
            };
            var rest = random.Next(5) switch
            {
                0 => "s=2 n=0 x=0 d=0",
                1 => $"s=3 n=0 x={random.Next(2)} d=0 p={port + 20}",
                2 => "s=4 n=0 x=0 p=9 i=9",
                3 => "s=5 n=1 x=0 v=0",
                _ => "s=6 n=1 x=0",
            };
            text.Append(start).Append(CultureInfo.InvariantCulture, $"    {port,4} [{random.Next(2)}/{random.Next(2)}/{third}]: {rest}\n");
        }
    }

    private void Others(StringBuilder text)
    {
        for (var lines = random.Next(3); lines > 0; lines--) text.Append(s_others[random.Next(s_others.Length)]).Append('\n');
    }
}
