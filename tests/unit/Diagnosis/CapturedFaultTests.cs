using System.Globalization;
using XenShared.Diagnosis;
using XenShared.Hypervisor;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Diagnosis;

/// <summary>Checks that captures of a healthy real host have no fault, one by one and together.</summary>
public sealed class CapturedFaultTests
{
    public static TheoryData<string> Captures =>
        new(Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "data"), "*.xencap").Select(file => Path.GetFileName(file)));

    [Theory]
    [MemberData(nameof(Captures))]
    public void AHealthyCaptureHasNoFault(string file)
    {
        using var capture = Open(file);
        var observer = new RecordingObserver();

        Assert.Empty(new FaultQuery(capture, observer).Run(DomainSelection.All));
        Assert.Empty(observer.Errors);
    }

    [Theory]
    [InlineData("bookworm-quick.xencap", "bookworm-quick-paused.xencap")]
    [InlineData("bookworm-hvm-2l-created.xencap", "bookworm-hvm-2l-firmware.xencap", "bookworm-hvm-2l-linux.xencap")]
    [InlineData("bookworm-hvm-fifo-created.xencap", "bookworm-hvm-fifo-firmware.xencap", "bookworm-hvm-fifo-linux.xencap")]
    public void CapturesOfTheSameHostHaveNoFaultTogether(params string[] files)
    {
        var captures = Array.ConvertAll(files, Open);

        Assert.Empty(new FaultQuery(captures[^1], new RecordingObserver()) { References = captures[..^1] }.Run(DomainSelection.All));
    }

    [Fact]
    public void GuestsThatPollAreSeenAndLeftAlone()
    {
        using var capture = Open("bookworm-quick.xencap");
        var grub = new EventChannelQuery(capture, new RecordingObserver())
            .Run(new DomainSelection { Names = [Some.Pattern("grub*")] })
            .ToArray();

        // If this guest ran a kernel, the rule would report these pending channels.
        Assert.All(grub, channel => Assert.Equal((true, false), (channel.Pending, channel.Masked)));
        Assert.Equal(2, grub.Length);
    }

    [Theory]
    [InlineData("", 0)]
    // A channel of the control domain whose driver handles no events, as Xen would print it.
    [InlineData("(XEN)       25 [1/1/  -   ]: s=3 n=0 x=0 d=1 p=1", 1)]
    public void TheControlDomainIsJudgedByXensView(string change, int count)
    {
        using var capture = Open("bookworm-quick.xencap");
        var port = capture.ReadPorts(0);
        var text = string.Join('\n', port.Bound.Select(status => Line(status, change))) + "\n";
        var target = new AskedHost(
            capture,
            "(XEN) 'e' pressed -> dumping event-channel info\n(XEN) Event channel information for domain 0:\n(XEN) Polling vCPUs: "
                + "{}\n(XEN)     port [p/m/s]\n"
                + text);

        var faults = new FaultQuery(target, new RecordingObserver())
        {
            UsesHypervisor = true,
            SampleCount = 2,
            Time = new AutoTime(),
        }
            .Run(new DomainSelection { DomIds = [0] })
            .ToArray();

        Assert.Equal(count, faults.Length);
        Assert.Equal(2, target.Dumps);
        Assert.All(faults, fault => Assert.Equal(("StuckMasked", (uint?)25), (fault.Rule, fault.Port)));
    }

    // As the control domain of the test bed has them; of its IPIs the first is the spinlock kicker, masked and pending.
    private static string Line(EventChannelStatus port, string change)
    {
        var number = port.Port.ToString(CultureInfo.InvariantCulture).PadLeft(8);
        if (change.Contains($" {port.Port} [", StringComparison.Ordinal)) return change;
        return port.State switch
        {
            ChannelState.Interdomain => $"(XEN) {number} [0/0/  -   ]: s=3 n=0 x=0 d={port.RemoteDomId} p={port.RemotePort}",
            ChannelState.VirtualIrq => $"(XEN) {number} [0/0/  -   ]: s=5 n=0 x=0 v={port.Irq}",
            ChannelState.PhysicalIrq => $"(XEN) {number} [0/0/  -   ]: s=4 n=0 x=0 p={port.Irq} i={port.Irq}",
            _ => $"(XEN) {number} [1/1/  -   ]: s=6 n=0 x=0",
        };
    }

    private static CaptureTarget Open(string file) => CaptureTarget.Open(Path.Combine(AppContext.BaseDirectory, "data", file));
}
