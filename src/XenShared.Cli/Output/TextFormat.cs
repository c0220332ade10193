using System.Globalization;

namespace XenShared.Cli.Output;

/// <summary>Formats values for tables.</summary>
internal static class TextFormat
{
    /// <summary>Returns text from guests or other hosts without characters that control a terminal.</summary>
    public static string Plain(string? text) => DisplayText.Sanitize(text);

    /// <summary>Returns a message without line ends and without characters that control a terminal. File names can contain both.</summary>
    public static string Line(string text) => Plain(text.ReplaceLineEndings(" "));

    public static string Hex(ulong? value) => value is { } known ? string.Create(CultureInfo.InvariantCulture, $"0x{known:x}") : "-";

    /// <summary>Formats a bit: yes, no, or a question mark if it is not known.</summary>
    public static string Bit(bool? value) => value switch { true => "yes", false => "-", null => "?" };

    public static string Live(bool? value) => value switch { true => "live", false => "stale", null => "?" };

    public static string Name(EventAbi abi) => abi switch { EventAbi.TwoLevel => "2-level", EventAbi.Fifo => "FIFO", _ => "?" };

    public static string Name(VirtualIrq virq) =>
        Enum.IsDefined(virq) ? virq.ToString().ToLowerInvariant() : ((int)virq).ToString(CultureInfo.InvariantCulture);

    public static string Time(DateTimeOffset? time) =>
        time is { } known ? known.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff 'UTC'", CultureInfo.InvariantCulture) : "no date";

    public static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.000 's'", CultureInfo.InvariantCulture);

    public static string Number<T>(T? number)
        where T : struct, IFormattable => number?.ToString(null, CultureInfo.InvariantCulture) ?? "?";

    public static string Peer(XenEventChannel channel) => channel.State switch
    {
        ChannelState.Interdomain => $"domain {channel.RemoteDomId} port {channel.RemotePort}",
        ChannelState.Unbound => $"open to domain {channel.RemoteDomId}",
        ChannelState.VirtualIrq when channel.Virq is { } virq => $"VIRQ {Name(virq)}",
        ChannelState.PhysicalIrq => $"PIRQ {channel.Pirq}",
        ChannelState.Ipi => "IPI",
        ChannelState.Closed => "closed",
        null when channel.Pending is not null => "?",
        _ => "hidden by Xen",
    };
}
