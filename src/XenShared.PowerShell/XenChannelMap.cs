using XenShared.Reports;

namespace XenShared;

/// <summary>Represents a domain's channels as rows of letters, 64 ports per row.</summary>
public sealed class XenChannelMap
{
    internal const int PortsInRow = 64;
    private const int PortsInGroup = 8;

    /// <summary>Gets the number of the domain.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets the name of the domain; null if it is not known.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets the name of the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Gets the event ABI of the domain.</summary>
    public EventAbi EventAbi { get; internal init; }

    /// <summary>Gets the number of channels in use.</summary>
    public int Open { get; internal init; }

    /// <summary>
    /// Gets the number of channels that are known to be pending; null if there are channels, and the bit is not known for any of them.
    /// </summary>
    public int? Pending { get; internal init; }

    /// <summary>
    /// Gets the number of channels that are known to be masked; null if there are channels, and the bit is not known for any of them.
    /// </summary>
    public int? Masked { get; internal init; }

    /// <summary>Gets the number of channels whose state is not known.</summary>
    public int Unknown { get; internal init; }

    /// <summary>Gets the rows that contain a channel: the number of the first port, and a letter for each port.</summary>
    public IReadOnlyList<string> Row
    {
        get;
        internal init => field = new ValueList<string>(value);
    } = new ValueList<string>([]);

    /// <inheritdoc/>
    public override string ToString() => string.Join(Environment.NewLine, Row);

    internal static XenChannelMap From(IReadOnlyCollection<XenEventChannel> channels)
    {
        var first = channels.First();
        var open = channels.Where(channel => channel.State != ChannelState.Closed).ToArray();
        return new XenChannelMap
        {
            DomId = first.DomId,
            DomainName = first.DomainName,
            HostName = first.HostName,
            EventAbi = first.EventAbi,
            Open = open.Length,
            Pending = Count(channel => channel.Pending),
            Masked = Count(channel => channel.Masked),
            Unknown = open.Count(channel => ChannelMapCell.MarkOf(channel) == ChannelMark.Unknown),
            Row = [.. open.GroupBy(channel => channel.Port / PortsInRow).Select(Text)],
        };

        int? Count(Func<XenEventChannel, bool?> bit) =>
            open.Length > 0 && open.All(channel => bit(channel) is null) ? null : open.Count(channel => bit(channel) == true);
    }

    private static string Text(IGrouping<uint, XenEventChannel> row)
    {
        var letters = new string('.', PortsInRow).ToCharArray();
        foreach (var channel in row) letters[channel.Port % PortsInRow] = Letter(ChannelMapCell.MarkOf(channel));
        return $"{row.Key * PortsInRow,6}  {string.Join(' ', letters.Chunk(PortsInGroup).Select(group => new string(group)))}";
    }

    private static char Letter(ChannelMark mark) => mark switch
    {
        ChannelMark.Idle => 'o',
        ChannelMark.Pending => 'P',
        ChannelMark.Masked => 'M',
        ChannelMark.PendingMasked => 'B',
        ChannelMark.Unknown => '?',
        _ => '.',
    };
}
