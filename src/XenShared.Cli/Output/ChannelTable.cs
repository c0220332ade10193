namespace XenShared.Cli.Output;

/// <summary>Prints channels as a table of 80 columns, or as a wider one.</summary>
internal static class ChannelTable
{
    private static readonly (string Heading, int Width)[] s_columns =
        [("DOM", -5), ("PORT", -6), ("VCPU", -4), ("PENDING", 7), ("MASKED", 6), ("BOUND TO", 22), ("DEVICE", 18)];

    private static readonly (string Heading, int Width)[] s_wideColumns =
        [("STATE", 11), ("ABI", 7), ("SOURCE", 11), ("DOMAIN", 22), ("HOST", 16), ("NOTE", 4)];

    public static int Write(IEnumerable<XenEventChannel> channels, bool isWide)
    {
        var table = new TextTable(s_columns, s_wideColumns, isWide);
        var count = 0;
        foreach (var channel in channels)
        {
            table.Add(Cells(channel), isWide ? WideCells(channel) : []);
            count++;
        }
        return count;
    }

    private static string[] Cells(XenEventChannel channel) =>
    [
        TextFormat.Number<ushort>(channel.DomId),
        TextFormat.Number<uint>(channel.Port),
        channel.Vcpu is { } vcpu ? TextFormat.Number<int>(vcpu) : "-",
        TextFormat.Bit(channel.Pending),
        TextFormat.Bit(channel.Masked),
        TextFormat.Peer(channel),
        channel.Device ?? "",
    ];

    private static string[] WideCells(XenEventChannel channel) =>
    [
        channel.State?.ToString() ?? "?",
        TextFormat.Name(channel.EventAbi),
        channel.Source?.ToString() ?? "?",
        channel.DomainName ?? "?",
        channel.HostName,
        channel.StateNote ?? "",
    ];
}
