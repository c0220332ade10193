namespace XenShared.Reports;

/// <summary>A cell of a channel map: one port that is in use, or neighbours that are not.</summary>
/// <param name="First">The port; of closed ones, the first.</param>
/// <param name="Last">The last one of closed ports; otherwise the same.</param>
/// <param name="Mark">What the cell shows.</param>
/// <param name="Channel">The channel; null for closed ports.</param>
public sealed record ChannelMapCell(uint First, uint Last, ChannelMark Mark, XenEventChannel? Channel)
{
    /// <summary>Gets how many ports it stands for.</summary>
    public uint Count => Last - First + 1;

    /// <summary>
    /// Returns what is shown of a channel. Where pending is known and masked is not, it is unknown unless an event waits.
    /// </summary>
    public static ChannelMark MarkOf(XenEventChannel channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        return channel switch
        {
            { State: ChannelState.Closed } => ChannelMark.Closed,
            { Pending: true, Masked: true } => ChannelMark.PendingMasked,
            { Pending: true } => ChannelMark.Pending,
            { Pending: null } or { Masked: null } => ChannelMark.Unknown,
            { Masked: true } => ChannelMark.Masked,
            _ => ChannelMark.Idle,
        };
    }

    /// <summary>Returns the cells of a domain's channels, which come by port. Ports that do not come at all have no cell.</summary>
    public static IReadOnlyList<ChannelMapCell> CreateMap(IEnumerable<XenEventChannel> channels)
    {
        ArgumentNullException.ThrowIfNull(channels);
        var cells = new List<ChannelMapCell>();
        foreach (var channel in channels) Append(cells, channel);
        return cells;
    }

    /// <summary>Adds the channel of a higher port; a closed one becomes part of the cell of its closed neighbours.</summary>
    internal static void Append(List<ChannelMapCell> cells, XenEventChannel channel)
    {
        var mark = MarkOf(channel);
        if (mark == ChannelMark.Closed && cells is [.., { Mark: ChannelMark.Closed } closed] && closed.Last + 1 == channel.Port)
            cells[^1] = closed with { Last = channel.Port };
        else
            cells.Add(new ChannelMapCell(channel.Port, channel.Port, mark, mark == ChannelMark.Closed ? null : channel));
    }
}
