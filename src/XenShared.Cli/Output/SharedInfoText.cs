using System.Globalization;

namespace XenShared.Cli.Output;

/// <summary>Prints a shared page as lines of name and value.</summary>
internal static class SharedInfoText
{
    private const int ValueWidth = 66;

    public static int Write(IEnumerable<XenSharedInfo> pages, TextWriter output)
    {
        var count = 0;
        foreach (var page in pages)
        {
            if (count++ > 0) output.WriteLine();
            WriteOne(page, output);
        }
        return count;
    }

    private static void WriteOne(XenSharedInfo page, TextWriter output)
    {
        output.WriteLine(
            TextFormat.Plain(
                $"domain {page.DomId}{(page.DomainName is { } name ? $" ({name})" : "")}"
                    + $"{(page.HostName.Length > 0 ? $" on {page.HostName}" : "")}, "
                    + (page.TakenAt is { } time ? $"read {TextFormat.Time(time)}" : "without a date")
            ));
        Line("frame", TextFormat.Hex(page.Frame));
        Line("layout", $"{page.Layout} ({page.LayoutEvidence})");
        Line("events", $"{TextFormat.Name(page.EventAbi)} ({page.AbiEvidence})");
        Line("wall clock", page.WallClock is { } clock
            ? $"{TextFormat.Time(clock.Time)} at Xen's start (version {clock.Version.ToString(CultureInfo.InvariantCulture)})"
            : "was being written at each attempt");
        Line("pending", Ports(page.PendingPort));
        Line("unmasked", Ports(page.UnmaskedPort));
        if (page.Arch is { } arch)
        {
            Line("max_pfn", TextFormat.Hex(arch.MaxPfn));
            Line(
                "p2m",
                $"tree {TextFormat.Hex(arch.PfnToMfnFrameListList)}, list {TextFormat.Hex(arch.P2mVaddr)} under cr3 "
                    + $"{TextFormat.Hex(arch.P2mCr3)}, generation {TextFormat.Number(arch.P2mGeneration)}");
            Line("nmi_reason", TextFormat.Hex(arch.NmiReason));
        }
        foreach (var vcpu in page.Vcpu) Line($"vCPU {vcpu.Vcpu}", Describe(vcpu));

        void Line(string name, string value)
        {
            foreach (var (line, index) in DisplayText.Wrap(TextFormat.Plain(value), ValueWidth).Select((line, index) => (line, index)))
                output.WriteLine($"  {(index == 0 ? name : ""),-11} {line}");
        }
    }

    private static string Ports(IReadOnlyList<uint>? ports) => ports switch
    {
        null => "not known from the page",
        [] => "none",
        _ => string.Join(' ', ports),
    };

    private static string Describe(XenVcpuInfo vcpu)
    {
        if (vcpu.Source is null)
            return vcpu.Location;
        var time = vcpu.Time is { } clock
            ? $"{clock.SystemTime.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture)} s (version {clock.Version})"
            : "unknown";
        var live = vcpu.IsLive switch
        {
            true => "live",
            false => "stale",
            null => $"live? ({vcpu.LiveEvidence})",
        };
        return $"{live} at {vcpu.Location}: upcall {TextFormat.Bit(vcpu.UpcallPending)}, mask {TextFormat.Bit(vcpu.UpcallMask)}, selector "
            + $"{TextFormat.Hex(vcpu.PendingSelector)}, clock {time}";
    }
}
