namespace XenShared.Reports.Html;

/// <summary>Writes the part of a report about the host: its name, the verdict, the list of domains, and the notes.</summary>
internal static class HostPart
{
    private const string Unknown = "unknown";

    private static readonly (FaultSeverity Severity, string Name)[] s_severities =
        [(FaultSeverity.Critical, "critical"), (FaultSeverity.Warning, "warning"), (FaultSeverity.Information, "information")];

    public static void WriteHeader(HtmlWriter html, HostReport report)
    {
        using (html.Element("header"))
        {
            html.Line();
            html.Element("h1", report.Host.HostName);
            html.Line();
            using (html.Element("p", ("class", "facts")))
            {
                html.Text(
                    $"Xen {report.Host.Version} on {report.Host.Architecture} · "
                        + $"{HtmlFormat.Counted(report.Domains.Count, "domain", "domains")} · read ");
                if (report.TakenAt is { } time)
                    html.Element("time", HtmlFormat.Time(time), ("datetime", HtmlFormat.Machine(time)));
                else
                    html.Text("at a time that is not in the file");
                html.Text($" from {report.Source}");
            }
            html.Line();
            using (html.Element("p", ("class", "verdict")))
            {
                foreach (var (severity, name) in s_severities)
                {
                    var count = report.Faults.Count(fault => fault.Severity == severity);
                    if (count > 0) html.Element("span", $"{HtmlFormat.Number(count)} {name}", ("class", $"badge {name}"));
                }
                var open = report.Domains.Count(domain => !domain.IsJudged);
                if (!report.Faults.Any() && report.IsAnyJudged)
                    html.Element("span", "no fault found", ("class", open == 0 ? "badge good" : "badge"));
                if (open > 0)
                    html.Element("span", $"{HtmlFormat.Counted(open, "domain", "domains")} not fully judged", ("class", "badge warning"));
                Counted(ChannelMark.Pending, "pending");
                Counted(ChannelMark.Masked, "masked");
                Counted(ChannelMark.Unknown, "not known");
            }
            html.Line();
        }
        html.Line();

        void Counted(ChannelMark mark, string name)
        {
            var count = report.Domains.Sum(domain =>
                mark == ChannelMark.Unknown ? domain.Count(mark) : domain.Count(mark, ChannelMark.PendingMasked));
            html.Element("span", $"{HtmlFormat.Counted(count, "channel", "channels")} {name}", ("class", "badge"));
        }
    }

    public static void WriteDomains(HtmlWriter html, HostReport report)
    {
        using (html.Element("section", ("aria-labelledby", "domains")))
        {
            html.Line();
            html.Element("h2", "Domains", ("id", "domains"));
            html.Line();
            using var table = new HtmlTable(
                html,
                "Domains of the host",
                "#Id",
                "Name",
                "#Faults",
                "Type",
                "State",
                "#vCPUs",
                "#Memory",
                "Events",
                "#Channels",
                "#Pending",
                "#Masked",
                "#Unknown");
            foreach (var item in report.Domains)
            {
                var domain = item.Domain;
                table.Row(
                    HtmlFormat.Id(domain.DomId),
                    $"#domain-{HtmlFormat.Id(domain.DomId)}",
                    ("name", HtmlFormat.Name(domain)),
                    Count(item.Faults.Count),
                    (null, domain.Type?.ToString() ?? HtmlFormat.NotKnown),
                    (null, domain.State?.ToString() ?? HtmlFormat.NotKnown),
                    ("n", domain.VcpuCount is { } vcpus ? HtmlFormat.Number(vcpus) : HtmlFormat.NotKnown),
                    ("n", domain.MemoryBytes is { } memory ? HtmlFormat.Memory(memory) : HtmlFormat.NotKnown),
                    ("nb", HtmlFormat.Abi(domain.EventAbi)),
                    item.Cells.Count == 0 ? ("n", Unknown) : ("n", HtmlFormat.Number(item.Channels.Count())),
                    Known(item, ChannelMark.Pending),
                    Known(item, ChannelMark.Masked),
                    item.Cells.Count == 0 ? ("n", Unknown) : Count(item.Count(ChannelMark.Unknown)));
            }
        }
        html.Line();
        WriteLegend(html);
    }

    public static void WriteNotes(HtmlWriter html, HostReport report)
    {
        if (report.Notes.Count == 0) return;
        using (html.Element("section", ("aria-labelledby", "notes")))
        {
            html.Element("h2", "Not known about the host", ("id", "notes"));
            using (html.Element("ul"))
            {
                foreach (var note in report.Notes) html.Element("li", note.Message);
            }
        }
        html.Line();
    }

    private static void WriteLegend(HtmlWriter html)
    {
        using (html.Element("section", ("aria-labelledby", "legend")))
        {
            html.Line();
            html.Element("h2", "How to read the maps", ("id", "legend"));
            html.Line();
            html.Element(
                "p",
                "Each cell is a port of the domain. A channel that stays pending indicates a guest that does not handle events; one that "
                    + "is pending and masked, a driver that waits for something else. One IPI of each Linux vCPU is always masked and "
                    + "often pending: that is normal.");
            html.Line();
            using (html.Element("ul", ("class", "legend")))
            {
                foreach (var mark in Enum.GetValues<ChannelMark>())
                {
                    using (html.Element("li"))
                    {
                        html.Element(
                            "i",
                            mark == ChannelMark.Closed ? "8–9" : "8",
                            ("class", MapPart.ClassOf(mark)),
                            ("aria-hidden", "true"));
                        html.Text($" {HtmlFormat.Mark(mark)}");
                    }
                }
                using (html.Element("li"))
                {
                    html.Element("i", "8", ("class", "o bad"), ("aria-hidden", "true"));
                    html.Text(" a fault is about it");
                }
            }
            html.Line();
        }
        html.Line();
    }

    private static (string? Class, string Text) Known(DomainReport domain, ChannelMark mark) =>
        domain.IsAnyKnown || (domain.Cells.Count > 0 && !domain.Channels.Any())
            ? Count(domain.Count(mark, ChannelMark.PendingMasked))
            : ("n", Unknown);

    private static (string? Class, string Text) Count(int count) => (count > 0 ? "n some" : "n none", HtmlFormat.Number(count));
}
