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
        ["key e"] = """
            (XEN) 'e' pressed -> dumping event-channel info
            (XEN) Event channel information for domain 1:
            (XEN) Polling vCPUs: {}
            (XEN)     port [p/m/s]
            (XEN)        9 [1/0/1]: s=5 n=0 x=0 v=0

            """,
        ["key q"] = """
            (XEN) 'q' pressed -> dumping domain info (now = 1234567890)
            (XEN) General information for domain 1:
            (XEN)     refcnt=3 dying=0 pause_count=0
            (XEN)     nr_pages=262144 xenheap_pages=5 dirty_cpus={0-1} max_pages=4294967295
            (XEN)     handle=4d850bcd-29da-486e-a9d1-1e9ec3b2fb31 vm_assist=0000002d
            (XEN) VCPU information and callbacks for domain 1:
            (XEN)     VCPU0: CPU0 [has=F] poll=0 upcall_pend=01 upcall_mask=00
            (XEN)     pause_count=0 pause_flags=1
            (XEN) Notifying guest 0:0 (virq 1, port 8)

            """,
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
