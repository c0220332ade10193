namespace XenShared.Reports.Html;

/// <summary>Writes the part of a report about one domain.</summary>
internal static class DomainPart
{
    // A long list is hard to read. If a domain has more channels than ChannelsInFull, only those that are pending, masked or at fault are
    // listed, up to ChannelsAtMost. The others are counted.
    private const int ChannelsInFull = 96;
    private const int ChannelsAtMost = 512;

    public static void Write(HtmlWriter html, DomainReport report)
    {
        var domain = report.Domain;
        var id = $"domain-{HtmlFormat.Id(domain.DomId)}";
        using (html.Element("section", ("class", "domain"), ("aria-labelledby", id)))
        {
            html.Line();
            html.Element("h2", $"Domain {HtmlFormat.Id(domain.DomId)}: {HtmlFormat.Name(domain)}", ("id", id), ("tabindex", "-1"));
            html.Line();
            html.Element(
                "p",
                $"{Kind(domain)} · {State(domain)} · "
                    + $"{(domain.VcpuCount is { } vcpus ? HtmlFormat.Counted(vcpus, "vCPU", "vCPUs") : "vCPUs not known")} · "
                    + $"{(domain.MemoryBytes is { } memory ? HtmlFormat.Memory(memory) : "memory not known")} · events "
                    + $"{HtmlFormat.Abi(domain.EventAbi)}",
                ("class", "facts"));
            html.Line();
            if (report.Cells.Count > 0)
            {
                html.Element("h3", "Channels");
                html.Line();
                MapPart.Write(html, report);
                WriteChannels(html, report);
            }
            WriteVcpus(html, report);
            DevicePart.Write(html, report);
            html.Element("h3", "Page and clock");
            html.Line();
            WriteFacts(html, report);
            WriteNotes(html, report);
            using (html.Element("p", ("class", "back"))) html.Element("a", "All domains", ("href", "#domains"));
            html.Line();
        }
        html.Line();
    }

    private static void WriteFacts(HtmlWriter html, DomainReport report)
    {
        var domain = report.Domain;
        using (html.Element("dl"))
        {
            // Without a frame, the page is usually not mapped. But some sources, such as a log with debug key 'q', contain no frames at
            // all, so for them it is not known. They also lack the state or the processor time, which distinguishes them.
            var whyNot = domain.State is null || domain.CpuTime is null || domain.HostName.Length == 0 ? "not known" : "not mapped";
            Fact("Shared page", domain.SharedInfoFrame is { } frame ? $"frame {HtmlFormat.Hex(frame)}" : whyNot);
            if (report.Page?.WallClock is { } clock)
            {
                Fact(
                    "Wall clock",
                    $"{(clock.Time is { } time ? HtmlFormat.Time(time) : "no date")} at Xen's start, version {HtmlFormat.Id(clock.Version)}"
                );
                Fact("Against the host", HtmlFormat.Offset(report.ClockOffset));
            }
            Fact("Processor time", domain.CpuTime is { } ran ? HtmlFormat.Seconds(ran) : HtmlFormat.NotKnown);
            Fact("UUID", domain.Uuid?.ToString() ?? HtmlFormat.NotKnown);
            Fact("Events", $"{HtmlFormat.Abi(domain.EventAbi)}: {domain.AbiEvidence}", "wide");
        }
        html.Line();

        void Fact(string name, string value, string? style = null)
        {
            using (html.Element("div", ("class", style)))
            {
                html.Element("dt", name);
                html.Element("dd", value);
            }
            html.Line();
        }
    }

    private static void WriteChannels(HtmlWriter html, DomainReport report)
    {
        var bad = report.Faults.Select(fault => fault.Port).ToHashSet();
        var all = report.Channels.ToArray();
        var wanted =
            all.Length <= ChannelsInFull
                ? all
                : all.Where(channel => channel.Pending == true || channel.Masked == true || bad.Contains(channel.Port)).ToArray();
        var shown = wanted.Take(ChannelsAtMost).ToArray();
        if (all.Length == 0) return;
        var left = all.Length - shown.Length;
        var caption =
            left == 0
                ? "Channels, one by one"
                : $"Channels that are pending, masked or at fault; {HtmlFormat.Counted(left, "other is", "others are")} left out";
        using (html.Element("details", ("open", report.Faults.Any(fault => fault.Port is not null) ? "open" : null)))
        {
            html.Element("summary", $"{caption} ({HtmlFormat.Number(shown.Length)})");
            html.Line();
            using var table = new HtmlTable(
                html,
                $"{caption}, of domain {HtmlFormat.Id(report.Domain.DomId)}",
                "#Port",
                "State",
                "#vCPU",
                "Pending",
                "Masked",
                "Bound to",
                "Device",
                "Read from");
            foreach (var channel in shown)
            {
                table.Row(
                    HtmlFormat.Id(channel.Port),
                    null,
                    (null, HtmlFormat.State(channel)),
                    ("n", channel.Vcpu is { } vcpu ? HtmlFormat.Id(vcpu) : ""),
                    Bit(channel.Pending),
                    Bit(channel.Masked),
                    (null, HtmlFormat.Peer(channel)),
                    (null, channel.Device ?? ""),
                    (null, HtmlFormat.Source(channel.Source)));
            }
        }
        html.Line();
    }

    private static void WriteVcpus(HtmlWriter html, DomainReport report)
    {
        if (report.Page is not { Vcpu: { Count: > 0 } vcpus }) return;
        html.Element("h3", "vCPUs");
        html.Line();
        using (
            var table = new HtmlTable(
                html,
                $"vCPU records of domain {HtmlFormat.Id(report.Domain.DomId)}",
                "#vCPU",
                "Record",
                "Upcall",
                "Masked",
                "Selector",
                "#Clock",
                "#Version",
                "#TSC",
                "Where"))
        {
            foreach (var vcpu in vcpus)
            {
                // A frozen record shows an earlier state of the vCPU, so the style sheet marks its row.
                var stale = vcpu.IsLive == false ? "stale" : null;
                table.Row(
                    HtmlFormat.Id(vcpu.Vcpu),
                    null,
                    (stale, HtmlFormat.Live(vcpu.IsLive)),
                    (stale, HtmlFormat.Bit(vcpu.UpcallPending)),
                    (stale, HtmlFormat.Bit(vcpu.UpcallMask)),
                    (stale, HtmlFormat.Hex(vcpu.PendingSelector)),
                    (Numbers(stale), vcpu.Time is { } time ? HtmlFormat.Seconds(time.SystemTime) : HtmlFormat.NotKnown),
                    (Numbers(stale), vcpu.Time is { } count ? HtmlFormat.Id(count.Version) : ""),
                    (Numbers(stale), HtmlFormat.Frequency(vcpu.Time?.TscFrequency)),
                    (stale, vcpu.Location));
            }
        }
        if (vcpus.Any(vcpu => vcpu.IsLive == false))
            html.Element(
                "p",
                "A stale record is a frozen copy: the guest has registered another place for it, which was not found. Its values are "
                    + "old.",
                ("class", "hint"));
        html.Line();
    }

    private static void WriteNotes(HtmlWriter html, DomainReport report)
    {
        if (report.Notes.Count == 0) return;
        html.Element("h3", "Not known");
        using (html.Element("ul"))
        {
            foreach (var note in report.Notes) html.Element("li", note.Message);
        }
        html.Line();
    }

    private static string Kind(XenDomain domain) =>
        $"{domain.Type?.ToString() ?? "type not known"}, "
            + $"{(domain.Width is { } width ? $"{HtmlFormat.Id(width)} bits" : "width not known")}";

    private static string State(XenDomain domain) =>
        (domain.State is { } state ? $"{state}" : "state not known")
            + (domain.ShutdownReason is { } reason ? $" (shutdown reason {reason})" : "");

    private static (string? Class, string Text) Bit(bool? value) =>
        (
            value switch
            {
                true => "some",
                false => "none",
                null => null,
            },
            HtmlFormat.Bit(value));

    private static string Numbers(string? stale) => stale is null ? "n" : $"n {stale}";
}
