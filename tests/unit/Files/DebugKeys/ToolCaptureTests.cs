using System.Text;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files.DebugKeys;

/// <summary>Tests that a capture has what was read from the outputs of tools, with any dump of Xen before them.</summary>
public sealed class ToolCaptureTests
{
    private static readonly Dictionary<string, string> s_dumps = new()
    {
        ["none"] = "",
        ["key e"] = DumpText.Events(1),
        ["key q"] = DumpText.States(1),
    };

    public static TheoryData<string, string, CaptureParts> Combinations => new(
        from dump in (string[])[.. s_dumps.Keys, "both keys"]
        from output in (string[])["xl-list.txt", "xl-list-v.txt", "xl-vcpu-list.txt", "xenstore.txt", "linux-debug.txt", "all"]
        from parts in (CaptureParts[])[CaptureParts.Standard, CaptureParts.Ports, CaptureParts.Pages, CaptureParts.DeviceStates,
            CaptureParts.Domains, CaptureParts.Ports | CaptureParts.Devices]
        select (dump, output, parts));

    [Theory, MemberData(nameof(Combinations))]
    public void A_capture_can_be_read_and_has_the_same(string dump, string output, CaptureParts parts)
    {
        var dumps = dump == "both keys" ? s_dumps["key e"] + s_dumps["key q"] : s_dumps[dump];
        var outputs = output == "all"
            ? ((string[])["xl-list-v.txt", "xl-vcpu-list.txt", "xenstore.txt", "linux-debug.txt"]).Select(Data)
            : [Data(output)];
        using var log = TargetFile.Read(new MemoryStream(Encoding.UTF8.GetBytes(dumps + string.Join("# x\n", outputs))), "x");
        using var stream = new MemoryStream();
        new CaptureExport(log, new RecordingObserver()) { Parts = parts }.Run(DomainSelection.All, stream);
        stream.Position = 0;

        using var capture = TargetFile.Read(stream, "x");

        Assert.Equal(log.ReadDomains(), capture.ReadDomains());
        Assert.Equal(
            log.ReadDomains().Select(domain => log.ReadName(domain.DomId)),
            capture.ReadDomains().Select(domain => capture.ReadName(domain.DomId)));
        if (parts.HasFlag(CaptureParts.Ports))
            Assert.Equal(Devices(new EventChannelQuery(log, new RecordingObserver()).Run(DomainSelection.All), parts),
                Devices(new EventChannelQuery(capture, new RecordingObserver()).Run(DomainSelection.All), parts));
        if (parts.HasFlag(CaptureParts.Pages))
            Assert.Equal(new VcpuQuery(log, new RecordingObserver()).Run(DomainSelection.All),
                new VcpuQuery(capture, new RecordingObserver()).Run(DomainSelection.All));
        if (parts.HasFlag(CaptureParts.DeviceStates))
            Assert.Equal(
                new DeviceQuery(log, new RecordingObserver()).Run(DomainSelection.All).Select(device => device.ToString()),
                new DeviceQuery(capture, new RecordingObserver()).Run(DomainSelection.All).Select(device => device.ToString()));
    }

    private static IEnumerable<XenEventChannel> Devices(IEnumerable<XenEventChannel> channels, CaptureParts parts) =>
        parts.HasFlag(CaptureParts.Devices) ? channels : channels.Select(channel => channel with { Device = null });

    private static string Data(string file) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "data", "outputs", file));
}
