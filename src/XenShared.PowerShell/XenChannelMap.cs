using XenShared.Reports;

namespace XenShared;

/// <summary>A domain's channels as rows of letters, 64 ports a row.</summary>
public sealed class XenChannelMap
{
    internal const int PortsInRow = 64;
    private const int PortsInGroup = 8;

    /// <summary>Gets the domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? DomainName { get; init; }

    /// <summary>Gets the host.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Gets how the domain takes events.</summary>
    public EventAbi EventAbi { get; init; }

    /// <summary>Gets how many channels are in use.</summary>
    public int Open { get; init; }

    /// <summary>Gets how many of them are pending; null when that is known of none.</summary>
    public int? Pending { get; init; }

    /// <summary>Gets how many of them are masked; null when that is known of none.</summary>
    public int? Masked { get; init; }

    /// <summary>Of how many it is not known.</summary>
    public int Unknown { get; init; }

    /// <summary>Gets the rows that have a channel: the first port's number and a letter for each port.</summary>
    public IReadOnlyList<string> Row { get; init; } = [];

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
            // An array: PowerShell cannot index what the compiler would make of a collection expression.
            Row = open.GroupBy(channel => channel.Port / PortsInRow).Select(Text).ToArray(),
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
