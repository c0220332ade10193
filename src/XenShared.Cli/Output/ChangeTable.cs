using System.Globalization;

namespace XenShared.Cli.Output;

/// <summary>Prints changes of channels as a table of 80 columns.</summary>
internal static class ChangeTable
{
    public static int Write(IEnumerable<XenEventChannelChange> changes, TextWriter output)
    {
        var table = new TextTable(
            output,
            ("TIME (UTC)", 12),
            ("DOM", -5),
            ("PORT", -6),
            ("PROPERTY", 11),
            ("BEFORE", 12),
            ("AFTER", 12),
            ("DEVICE", 16));
        var count = 0;
        foreach (var change in changes)
        {
            table.Add(
                change.TakenAt.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture),
                TextFormat.Number<ushort>(change.DomId),
                TextFormat.Number<uint>(change.Port),
                change.Property,
                Value(change.Before),
                Value(change.After),
                change.Device ?? "");
            output.Flush();
            count++;
        }
        return count;
    }

    private static string Value(object value) =>
        value is bool bit ? TextFormat.Bit(bit) : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
