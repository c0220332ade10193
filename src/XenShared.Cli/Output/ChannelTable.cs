namespace XenShared.Cli.Output;

/// <summary>Prints channels as a table of 80 columns.</summary>
internal static class ChannelTable
{
    public static int Write(IEnumerable<XenEventChannel> channels, TextWriter output)
    {
        var table = new TextTable(
            output,
            ("DOM", -5),
            ("PORT", -6),
            ("VCPU", -4),
            ("PENDING", 7),
            ("MASKED", 6),
            ("BOUND TO", 22),
            ("DEVICE", 18));
        var count = 0;
        foreach (var channel in channels)
        {
            table.Add(
                TextFormat.Number<ushort>(channel.DomId),
                TextFormat.Number<uint>(channel.Port),
                channel.Vcpu is { } vcpu ? TextFormat.Number<int>(vcpu) : "-",
                TextFormat.Bit(channel.Pending),
                TextFormat.Bit(channel.Masked),
                TextFormat.Peer(channel),
                channel.Device ?? "");
            count++;
        }
        return count;
    }
}
