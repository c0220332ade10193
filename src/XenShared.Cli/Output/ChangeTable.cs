using System.Globalization;

namespace XenShared.Cli.Output;

/// <summary>Prints changes of channels as a table of 80 columns, or as a wider one.</summary>
internal static class ChangeTable
{
    private static readonly (string Heading, int Width)[] s_columns =
        [("TIME (UTC)", 12), ("DOM", -5), ("PORT", -6), ("PROPERTY", 11), ("BEFORE", 12), ("AFTER", 12), ("DEVICE", 16)];

    private static readonly (string Heading, int Width)[] s_wideColumns = [("DOMAIN", 22), ("HOST", 16)];

    public static int Write(IEnumerable<XenEventChannelChange> changes, bool isWide)
    {
        var table = new TextTable(s_columns, s_wideColumns, isWide);
        var count = 0;
        foreach (var change in changes)
        {
            table.Add(Cells(change), isWide ? WideCells(change) : []);
            Console.Out.Flush();
            count++;
        }
        return count;
    }

    private static string[] Cells(XenEventChannelChange change) =>
    [
        change.TakenAt.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture),
        TextFormat.Number<ushort>(change.DomId),
        TextFormat.Number<uint>(change.Port),
        change.Property,
        Value(change.Before),
        Value(change.After),
        change.Device ?? "",
    ];

    private static string[] WideCells(XenEventChannelChange change) =>
    [
        change.DomainName ?? "?",
        change.HostName,
    ];

    private static string Value(object value) =>
        value is bool bit ? TextFormat.Bit(bit) : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
