namespace XenShared.Reports.Html;

/// <summary>
/// Writes the map of a domain's channels. Its label describes it for screen readers; the table below contains the details.
/// </summary>
internal static class MapPart
{
    // The maximum number of port ranges in the label. A screen reader reads the label aloud, so a longer one would take too long.
    private const int RangesInLabel = 12;

    public static void Write(HtmlWriter html, DomainReport domain)
    {
        var bad = domain.Faults.Select(fault => fault.Port).OfType<uint>().ToHashSet();
        using (html.Element("figure"))
        {
            html.Line();
            using (html.Element("div", ("class", "map"), ("role", "img"), ("aria-label", Describe(domain))))
            {
                html.Line();
                foreach (var cell in domain.Cells)
                {
                    var text =
                        cell.First == cell.Last ? HtmlFormat.Id(cell.First) : $"{HtmlFormat.Id(cell.First)}–{HtmlFormat.Id(cell.Last)}";
                    html.Element(
                        "i",
                        text,
                        ("class", ClassOf(cell.Mark) + (bad.Contains(cell.First) && cell.Channel is not null ? " bad" : "")),
                        ("title", cell.Channel is { } channel ? Title(channel, cell.Mark) : null));
                }
                html.Line();
            }
            html.Line();
            html.Element("figcaption", Caption(domain));
        }
        html.Line();
    }

    /// <summary>Returns the name of a mark in the style sheet: p and m mean pending and masked, in each combination.</summary>
    public static string ClassOf(ChannelMark mark) => mark switch
    {
        ChannelMark.Closed => "x",
        ChannelMark.Pending => "p",
        ChannelMark.Masked => "m",
        ChannelMark.PendingMasked => "p m",
        ChannelMark.Unknown => "u",
        _ => "o",
    };

    private static string Title(XenEventChannel channel, ChannelMark mark)
    {
        var peer = HtmlFormat.Peer(channel);
        var device = channel.Device is { } named ? $", {named}" : "";
        return $"Port {HtmlFormat.Id(channel.Port)}: {HtmlFormat.State(channel)}{(peer.Length > 0 ? $" {peer}" : "")}{device}: "
            + $"{HtmlFormat.Mark(mark)}";
    }

    private static string Describe(DomainReport domain)
    {
        var words = new List<string>();
        foreach (var mark in (ChannelMark[])[ChannelMark.Pending, ChannelMark.PendingMasked, ChannelMark.Masked, ChannelMark.Unknown])
        {
            var ports = domain.Cells.Where(cell => cell.Mark == mark).Select(cell => cell.First).ToArray();
            if (ports.Length > 0) words.Add($"{HtmlFormat.Mark(mark)}: {HtmlFormat.Ports(ports, RangesInLabel)}");
        }
        return $"Map of {HtmlFormat.Counted(domain.PortCount, "port", "ports")}. "
            + $"{(words.Count > 0 ? string.Join("; ", words) : "Nothing is pending or masked")}.";
    }

    private static string Caption(DomainReport domain)
    {
        var ports = $"{HtmlFormat.Counted(domain.PortCount, "port", "ports")}, {HtmlFormat.Number(domain.Channels.Count())} in use: ";
        if (!domain.IsAnyKnown) return ports + "whether anything is pending or masked is not known.";
        return $"{ports}{HtmlFormat.Number(domain.Count(ChannelMark.Pending, ChannelMark.PendingMasked))} pending, "
            + $"{HtmlFormat.Number(domain.Count(ChannelMark.Masked, ChannelMark.PendingMasked))} masked, "
            + $"{HtmlFormat.Number(domain.Count(ChannelMark.Unknown))} not known.";
    }
}
