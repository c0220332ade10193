using System.Globalization;

namespace XenShared.Cli.Output;

/// <summary>Prints clocks as a table of 80 columns, or as a wider one. The wide one gives the reasons for question marks.</summary>
internal static class ClockTable
{
    private static readonly (string Heading, int Width)[] s_columns =
    [
        ("DOM", -5), ("TSC MODE", 13), ("EMULATED", 8), ("FREQUENCY", -13), ("DRIFT PPM", -17), ("JUMPS", -5), ("OFFSET", -11),
    ];

    private static readonly (string Heading, int Width)[] s_wideColumns =
    [
        ("STABLE", 6), ("INCARNATION", -11), ("DOMAIN", 22), ("HOST", 16), ("NOTE", 4),
    ];

    public static int Write(IEnumerable<XenClock> clocks, bool isWide)
    {
        var table = new TextTable(s_columns, s_wideColumns, isWide);
        var count = 0;
        foreach (var clock in clocks)
        {
            table.Add(Cells(clock), isWide ? WideCells(clock) : []);
            count++;
        }
        return count;
    }

    private static string[] Cells(XenClock clock) =>
    [
        TextFormat.Number<ushort>(clock.DomId),
        clock.TscMode?.ToString() ?? "?",
        TextFormat.Bit(clock.IsEmulated),
        clock.TscFrequency is { } hertz ? string.Create(CultureInfo.InvariantCulture, $"{hertz / 1e6:0.000} MHz") : "?",
        clock.DriftPpm is { } drift
            ? string.Create(CultureInfo.InvariantCulture, $"{drift:+0.000;-0.000;0.000} \u00b1 {clock.DriftUncertaintyPpm:0.000}")
            : "?",
        clock.Jump is { } jumps ? TextFormat.Number<int>(jumps.Count) : "?",
        clock.WallClockOffset is { } offset
            ? string.Create(CultureInfo.InvariantCulture, $"{offset.TotalSeconds:+0.000;-0.000;0.000} s")
            : "?",
    ];

    private static string[] WideCells(XenClock clock) =>
    [
        TextFormat.Bit(clock.IsStable),
        TextFormat.Number<uint>(clock.Incarnation),
        clock.DomainName ?? "?",
        clock.HostName,
        clock.Note ?? "",
    ];
}
