using System.Globalization;

namespace XenShared.Reports.Html;

/// <summary>
/// Formats values for reports. The culture and time zone of this machine have no influence, because a report can be read elsewhere.
/// </summary>
internal static class HtmlFormat
{
    public const string NotKnown = "not known";

    public static string Number<T>(T number)
        where T : IFormattable => number.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>Formats a number that is an identifier, without group separators.</summary>
    public static string Id<T>(T number)
        where T : IFormattable => number.ToString(null, CultureInfo.InvariantCulture);

    private static string NumberOrUnknown<T>(T? number)
        where T : struct, IFormattable => number is { } known ? Id(known) : "?";

    public static string Hex(ulong? value) => value is { } known ? string.Create(CultureInfo.InvariantCulture, $"0x{known:x}") : NotKnown;

    public static string Bit(bool? value) => value switch { true => "yes", false => "no", null => NotKnown };

    public static string Live(bool? value) => value switch { true => "live", false => "stale", null => NotKnown };

    public static string Abi(EventAbi abi) => abi switch { EventAbi.TwoLevel => "2-level", EventAbi.Fifo => "FIFO", _ => NotKnown };

    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static string Machine(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    public static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("#,0.000 's'", CultureInfo.InvariantCulture);

    /// <summary>Formats a difference with its sign.</summary>
    public static string Offset(TimeSpan? time) =>
        time is { } known ? known.TotalSeconds.ToString("+#,0.000 's';-#,0.000 's';0.000 's'", CultureInfo.InvariantCulture) : NotKnown;

    public static string Memory(ulong bytes) => bytes < 1 << 20 ? $"{Number(bytes >> 10)} KiB" : $"{Number(bytes >> 20)} MiB";

    public static string Frequency(ulong? hertz) =>
        hertz is { } known ? string.Create(CultureInfo.InvariantCulture, $"{known / 1e6:#,0.000} MHz") : NotKnown;

    public static string Name(XenDomain domain) => domain.Name ?? "no name";

    public static string Counted(long count, string one, string many) => $"{Number(count)} {(count == 1 ? one : many)}";

    public static string State(XenEventChannel channel) => channel.State?.ToString() ?? "hidden by Xen";

    public static string Peer(XenEventChannel channel) => channel.State switch
    {
        ChannelState.Interdomain => $"domain {NumberOrUnknown(channel.RemoteDomId)} port {NumberOrUnknown(channel.RemotePort)}",
        ChannelState.Unbound => $"waits for domain {NumberOrUnknown(channel.RemoteDomId)}",
        ChannelState.VirtualIrq when channel.Virq is { } virq => Enum.IsDefined(virq) ? virq.ToString() : Id((int)virq),
        ChannelState.PhysicalIrq => $"IRQ {NumberOrUnknown(channel.Pirq)}",
        _ => "",
    };

    public static string Mark(ChannelMark mark) => mark switch
    {
        ChannelMark.Closed => "closed",
        ChannelMark.Idle => "not pending",
        ChannelMark.Pending => "pending",
        ChannelMark.Masked => "masked",
        ChannelMark.PendingMasked => "pending and masked",
        _ => NotKnown,
    };

    public static string Source(StateSource? source) => source switch
    {
        StateSource.SharedPage => "shared page",
        StateSource.GuestMemory => "guest memory",
        StateSource.Hypervisor => "Xen",
        StateSource.Kernel => "own kernel",
        _ => "",
    };

    /// <summary>Formats ports as ranges, with an ellipsis after the last of <paramref name="most"/> ranges if there are more.</summary>
    public static string Ports(IEnumerable<uint> ports, int most)
    {
        var ranges = new List<(uint First, uint Last)>();
        foreach (var port in ports)
        {
            if (ranges is [.., var last] && last.Last + 1 == port) ranges[^1] = (last.First, port);
            else ranges.Add((port, port));
        }
        var lines = ranges.Take(most).Select(range => range.First == range.Last ? Id(range.First) : $"{Id(range.First)}–{Id(range.Last)}");
        return string.Join(", ", lines) + (ranges.Count > most ? ", …" : "");
    }
}
