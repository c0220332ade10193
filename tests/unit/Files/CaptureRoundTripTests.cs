using System.Text;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Files;

/// <summary>Checks that a capture gives the same results as the host from which it was written.</summary>
public sealed class CaptureRoundTripTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void EveryQueryReturnsTheSame(bool compress)
    {
        using var host = FullHost();

        using var capture = Export(host, compress);

        Assert.Equal(Answers.Read(host), Answers.Read(capture));
    }

    [Fact]
    public void ACaptureOfACaptureIsTheSameCapture()
    {
        using var first = CaptureText.Open(CaptureText.RealText());

        using var second = Export(first);

        Assert.Equal(Answers.Read(first), Answers.Read(second));
        Assert.Equal(first.TakenAt, second.TakenAt);
    }

    [Fact]
    public void ARealCaptureOfPlainTextIsWrittenAgainByteByByte()
    {
        var text = CaptureText.RealText();
        using var source = CaptureText.Open(text);

        var again = Bytes(source, compress: false);

        // The name and version of the writer, and the minor version of its format, may differ.
        Assert.Equal(WithoutWriter(text), WithoutWriter(again));
    }

    [Fact]
    public void CompressedAndPlainHoldTheSame()
    {
        using var host = FullHost();
        var plain = Bytes(host, compress: false);

        Assert.Equal((byte)'{', plain[0]);
        var compressed = Bytes(host, compress: true);
        Assert.Equal([0x1f, 0x8b], compressed[..2]);
        using var capture = CaptureText.Open(plain);
        using var reference = CaptureText.Open(compressed);
        Assert.Equal(Answers.Read(capture), Answers.Read(reference));
    }

    [Fact]
    public void SamplesOfALiveHostGoIn()
    {
        var page = Some.ClockPage(SharedInfoLayout.X86_64);
        var later = page.ToArray();
        SharedInfoLayout.X86_64.Vcpu.Version.Write(later, 4);
        var guest = new FakeDomain
        {
            Reading = Some.Domain(),
            Name = "guest",
            Samples = [Some.Sample(page), Some.Sample(page, 0.5), Some.Sample(later, 1)],
            Ports = Some.LinuxPorts(),
        };

        using var capture = Export(new FakeTarget(guest));

        Assert.Equal([Some.Start, Some.Start.AddSeconds(1)], capture.ReadSamples(5).Select(sample => sample.TakenAt));
        Assert.True(Assert.Single(new VcpuQuery(capture, new RecordingObserver()).Run(DomainSelection.All)).IsLive);
    }

    [Fact]
    public void OfManySamplesThoseAreKeptThatProveASlotFrozen()
    {
        var page = GoldenGuest.Named("pv-fifo").Page;
        var samples = Enumerable.Range(0, 12).Select(index => GoldenGuest.Sample(page, index * 0.25, (ulong)index)).ToList();
        using var host = new RecordedTarget(new FakeDomain { Reading = Some.Domain(), Samples = samples, Ports = Some.LinuxPorts() });

        using var capture = Export(host);

        Assert.True(capture.ReadSamples(5).Count <= 3);
        Assert.False(Assert.Single(new VcpuQuery(capture, new RecordingObserver()).Run(DomainSelection.All)).IsLive);
    }

    [Fact]
    public void OfManySamplesThoseAreKeptThatProveTheAbi()
    {
        // A two-level guest that set up no mask: only the sample in the middle shows that its bitmap is in use.
        var idle = Some.ClockPage(SharedInfoLayout.X86_64);
        var busy = Some.ClockPage(SharedInfoLayout.X86_64);
        Some.Set(busy, SharedInfoLayout.X86_64.PendingOffset, 3);
        using var host = new RecordedTarget(new FakeDomain
        {
            Reading = Some.Domain(),
            Samples = [Some.Sample(idle, 0), Some.Sample(busy, 0.5), Some.Sample(idle, 1)],
            Ports = Some.LinuxPorts(),
        });

        using var capture = Export(host);

        Assert.Equal(EventAbi.TwoLevel, Assert.Single(new DomainQuery(host, new RecordingObserver()).Run(DomainSelection.All)).EventAbi);
        Assert.Equal(EventAbi.TwoLevel, Assert.Single(new DomainQuery(capture, new RecordingObserver()).Run(DomainSelection.All)).EventAbi);
    }

    [Fact]
    public void OnlyTheSelectedDomainsAreInIt()
    {
        using var host = FullHost();
        var observer = new RecordingObserver();
        using var output = new MemoryStream();

        var count = new CaptureExport(host, observer).Run(new DomainSelection { DomIds = [7, 99, 5, 7] }, output);

        Assert.Equal(2, count);
        Assert.Equal([XenErrorId.DomainNotFound], observer.ErrorIds);
        using var capture = CaptureText.Open(output.ToArray());
        Assert.Equal([5, 7], capture.ReadDomains().Select(domain => (int)domain.DomId));
    }

    [Fact]
    public void NodesThatAGuestMadeLongDoNotMakeTheCaptureUnreadable()
    {
        // The xenstore quota of a guest: a thousand nodes of two kilobytes.
        var guest = Some.TwoLevelGuest();
        for (var node = 0; node < 1000; node++) guest.Nodes[$"device/vif/{node}/event-channel"] = new string('9', 2048);
        guest.Nodes["console/port"] = "2";

        using var capture = Export(new RecordedTarget(guest));

        Assert.Equal(
            "console",
            Assert
                .Single(new EventChannelQuery(capture, new RecordingObserver()) { Filter = new() { Ports = [2] } }.Run(DomainSelection.All))
                .Device);
    }

    [Fact]
    public void TheLargestGuestGoesIn()
    {
        var reading = Some.Domain(vcpus: 8192);
        var vcpus = Enumerable.Range(0, 8192).Select(vcpu => new VcpuRunState(vcpu, true, true, true, ulong.MaxValue)).ToArray();
        var ports = Enumerable
            .Range(1, 131_071)
            .Select(port => new EventChannelStatus((uint)port, ChannelState.Interdomain, 8191, 0x7fef, uint.MaxValue, uint.MaxValue))
            .ToArray();
        using var host = new RecordedTarget(
            new FakeDomain
            {
                Reading = reading,
                Samples = [Some.Sample(Some.ClockPage(SharedInfoLayout.X86_64)) with { Vcpus = vcpus }],
                Ports = new PortTable(131_072, ports),
            });

        using var capture = Export(host);

        Assert.Equal(vcpus, Assert.Single(capture.ReadSamples(5)).Vcpus);
        Assert.Equal(ports, capture.ReadPorts(5).Bound);
    }

    [Fact]
    public void TextOfAnyKindGoesIn()
    {
        var guest = Some.TwoLevelGuest(5, "a \"name\"\n\\ with \u001b[31m, é, 漢字, 😀 and \u2028");
        guest.Nodes["device/vif/0/\"event-channel\n"] = "</script>\0";

        using var host = new RecordedTarget(guest);
        using var capture = Export(host);

        Assert.Equal(guest.Name, capture.ReadName(5));
        Assert.Equal(guest.Nodes, capture.ReadDeviceNodes(5));
        Assert.Equal(Answers.Read(host), Answers.Read(capture));
    }

    [Fact]
    public void AnExportThatIsCancelledLeavesNoWholeCapture()
    {
        using var cancellation = new CancellationTokenSource();
        var host = new FakeTarget(Some.TwoLevelGuest(1), Some.TwoLevelGuest(2));
        host.OnSample = domId =>
        {
            if (domId == 2) cancellation.Cancel();
        };
        using var output = new MemoryStream();

        Assert.Throws<OperationCanceledException>(() =>
            new CaptureExport(host, new RecordingObserver())
            {
                SampleTime = TimeSpan.Zero,
                Locate = null,
                Compress = false,
            }.Run(DomainSelection.All, output, cancellation.Token));

        var text = Encoding.UTF8.GetString(output.ToArray());
        Assert.Contains("\"domid\":1", text, StringComparison.Ordinal);
        CaptureText.AssertDamaged(text);
    }

    private static RecordedTarget FullHost()
    {
        var domains = new List<FakeDomain>
        {
            Some.TwoLevelGuest(),
            Some.FifoGuest(),
            new()
            {
                Reading = Some.Domain(7, pvWidth: null, type: DomainType.HVM) with
                {
                    SharedInfoFrame = null,
                    MaxVcpuId = null,
                    Type = null,
                },
                PageError = Some.Error(XenErrorId.SharedInfoNotMapped, 7),
                Ports = new PortTable(0, []),
            },
            new()
            {
                Reading = Some.Domain(8, vcpus: 40),
                Samples = [Some.Sample(Some.TwoLevelPage(SharedInfoLayout.X86_64, 1), 0, ["vCPU 0 time", "X86_64 wall clock"])],
                PortError = Some.Error(XenErrorId.XenAccessDenied, 8),
            },
            new()
            {
                Reading = Some.Domain(9, pvWidth: 32),
                Samples = [Some.Sample(Some.TwoLevelPage(SharedInfoLayout.X86_32, 1, 2, 3))],
                Ports = Some.LinuxPorts(3),
            },
        };
        domains[0].Nodes["console/port"] = "2";
        domains[0].Nodes["device/vif/0/event-channel-tx"] = "5";
        var domId = (ushort)20;
        foreach (var golden in GoldenGuest.All)
        {
            domains.Add(
                new FakeDomain
                {
                    Reading = golden.Reading with { DomId = domId++ },
                    Name = golden.Name,
                    Samples = golden.WasPaused
                        ?
                        [
                            GoldenGuest.Sample(golden.Page, 0, 1),
                            GoldenGuest.Sample(golden.Page, 1.6, 2),
                            GoldenGuest.Sample(golden.PausedPage, 2.5, 3),
                        ]
                        : [GoldenGuest.Sample(golden.Page)],
                    Ports = golden.Ports,
                });
        }
        return new RecordedTarget([.. domains]) { HostClock = GoldenGuest.Named("hvm-fifo").HostClock };
    }

    private static CaptureTarget Export(IXenDataSource target, bool compress = true) => CaptureText.Open(Bytes(target, compress));

    private static byte[] Bytes(IXenDataSource target, bool compress)
    {
        using var output = new MemoryStream();
        new CaptureExport(target, new RecordingObserver()) { Compress = compress, SampleTime = TimeSpan.FromSeconds(20) }.Run(
            DomainSelection.All,
            output);
        Assert.True(output.CanWrite);
        return output.ToArray();
    }

    private static string WithoutWriter(byte[] text)
    {
        var lines = Encoding.UTF8.GetString(text);
        var start = lines.IndexOf(",\"writer\"", StringComparison.Ordinal);
        return lines.Remove(start, lines.IndexOf('}', start) - start).Replace("\"minor\":1,", "\"minor\":10,", StringComparison.Ordinal);
    }
}
