namespace XenShared.Reports;

/// <summary>Represents a cell of a channel map: one port in use, or adjacent ports that are not in use.</summary>
/// <param name="First">The port, or the first of several closed ports.</param>
/// <param name="Last">The last of several closed ports; otherwise the same as <paramref name="First"/>.</param>
/// <param name="Mark">The mark of the cell.</param>
/// <param name="Channel">The channel; null for closed ports.</param>
public sealed record ChannelMapCell(uint First, uint Last, ChannelMark Mark, XenEventChannel? Channel)
{
    /// <summary>Gets the number of ports of the cell.</summary>
    public uint Count => Last - First + 1;

    /// <summary>
    /// Returns the mark of a channel: Unknown if its pending bit is not known, or if no event is pending and its masked bit is not known.
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

    /// <summary>
    /// Returns the cells of a domain's channels, which must be in ascending order of ports. A port that is not among them gets no cell.
    /// </summary>
    public static IReadOnlyList<ChannelMapCell> CreateMap(IEnumerable<XenEventChannel> channels)
    {
        ArgumentNullException.ThrowIfNull(channels);
        var cells = new List<ChannelMapCell>();
        foreach (var channel in channels) Append(cells, channel);
        return cells;
    }

    /// <summary>
    /// Adds a channel, whose port must be higher than all ports in the cells. If it is a closed port that directly follows the closed ports
    /// of the last cell, it joins that cell.
    /// </summary>
    internal static void Append(List<ChannelMapCell> cells, XenEventChannel channel)
    {
        var mark = MarkOf(channel);
        if (mark == ChannelMark.Closed && cells is [.., { Mark: ChannelMark.Closed } closed] && closed.Last + 1 == channel.Port)
            cells[^1] = closed with { Last = channel.Port };
        else
            cells.Add(new ChannelMapCell(channel.Port, channel.Port, mark, mark == ChannelMark.Closed ? null : channel));
    }
}
