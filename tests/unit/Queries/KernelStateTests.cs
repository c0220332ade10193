using System.Text;
using System.Text.RegularExpressions;
using XenShared.Diagnosis;
using XenShared.Files;
using XenShared.Guests.Locating;
using XenShared.Hypervisor;
using XenShared.Kernel;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Tests the channels and vCPUs of the control domain that are read in its own kernel.</summary>
public sealed class KernelStateTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordingObserver _observer = new();
    private readonly FakeKernel _kernel = new(cpus: 2);
    private readonly FakeDomain _control;
    private readonly FakeTarget _host;

    public KernelStateTests()
    {
        // As with Linux, the slots of the page were filled once and do not change.
        var page = Some.ClockPage(SharedInfoLayout.X86_64);
        RecordBytes.Create(8, 5_000_000_000).CopyTo(page, 0);
        _control = new FakeDomain
        {
            Reading = Some.Domain(0, vcpus: 2),
            Name = "Domain-0",
            Samples = [Some.Sample(page, 0, null, 1, 1), Some.Sample(page, 3, null, 4_000_000_000, 4_000_000_000)],
            Ports = Some.LinuxPorts(),
        };
        uint[] words = [0x4000_0000, 0, 0, 0xa000_0000, 0x4000_0000, 0x5000_0000, 0xe000_0007, 0, 0];
        foreach (var (port, word) in words.Index()) _kernel.SetWord((uint)port, word);
        RecordBytes.Create(RecordBytes.Time(version: 200), upcallPending: 1).CopyTo(_kernel.Record(0));
        RecordBytes.Create(RecordBytes.Time(version: 300)).CopyTo(_kernel.Record(1));
        _host = Host(Some.FifoGuest(), _control);
    }

    public static TheoryData<ChannelSource> Sources => new(ChannelSource.Auto, ChannelSource.Kernel);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Sources))]
    public void EveryBitIsThatOfTheKernel(ChannelSource source)
    {
        var channels = Channels(source, domId: 0);

        (bool, bool, bool, bool)[] bits =
        [
            (false, false, false, false), (false, false, false, false), (true, false, true, false), (false, true, false, false),
            (false, true, false, true), (true, true, true, false), (false, false, false, false), (false, false, false, false),
        ];
        Assert.Equal(
            bits,
            channels.Select(channel => (channel.Pending!.Value, channel.Masked!.Value, channel.Linked!.Value, channel.Busy!.Value)));
        Assert.All(channels, channel =>
            Assert.Equal(
                (StateSource.Kernel, true, null, EventAbi.Fifo),
                (channel.Source, channel.IsLive, channel.StateNote, channel.EventAbi)));
        Assert.Empty(_observer.Warnings);
        Assert.Empty(_observer.Errors);
    }

    [Fact]
    public void TheEventAbiIsThatOfTheKernelWhateverThePageSays()
    {
        // The page alone is as after a restore, which proves nothing.
        _control.Samples.Clear();
        _control.Samples.Add(Some.Sample(Some.TwoLevelPage(SharedInfoLayout.X86_64)));

        Assert.All(Channels(ChannelSource.SharedPage, domId: 0), channel => Assert.Equal(EventAbi.Unknown, channel.EventAbi));
        Assert.All(Channels(ChannelSource.Auto, domId: 0), channel => Assert.Equal(EventAbi.Fifo, channel.EventAbi));
    }

    [Fact]
    public void ItsOtherSourcesAreAsWithoutIt()
    {
        Assert.All(Channels(ChannelSource.SharedPage, domId: 0), AssertUnknown);
        Assert.Contains("source Auto", Assert.Single(_observer.Warnings).Message, StringComparison.Ordinal);
        Assert.All(Channels(ChannelSource.GuestMemory, domId: 0), AssertUnknown);
        Assert.Equal([XenErrorId.EventStateUnknown], _observer.ErrorIds);
    }

    [Fact]
    public void OtherDomainsHaveNoneOfIt()
    {
        Assert.All(Channels(ChannelSource.Kernel, domId: 6), AssertUnknown);

        Assert.Contains("the control domain of a live host only", Assert.Single(_observer.Warnings).Message, StringComparison.Ordinal);
        Assert.Empty(_observer.Errors);
    }

    [Fact]
    public void ATwoLevelControlDomainHasItsStateInThePage()
    {
        var page = Some.TwoLevelPage(SharedInfoLayout.X86_64, 1, 2, 3, 4, 5, 6, 7, 8);
        _control.Samples.Clear();
        _control.Samples.Add(Some.Sample(page));
        _kernel.Set("evtchn_ops", _kernel.Symbols["evtchn_ops_2l"]);

        Assert.All(Channels(ChannelSource.Auto, domId: 0), channel =>
            Assert.Equal((StateSource.SharedPage, false), (channel.Source, channel.Masked)));
        Assert.Empty(_observer.Warnings);
        Assert.All(Channels(ChannelSource.Kernel, domId: 0), AssertUnknown);
        Assert.Contains("not in a kernel", Assert.Single(_observer.Warnings).Message, StringComparison.Ordinal);
    }

    // The kernel's data is compared with the ports that Xen reports before it is returned.
    [Theory]
    [InlineData(9, 0x8000_0000, "port 9 is closed in Xen, but pending")]
    [InlineData(9, 0xc000_0000, "port 9 is closed in Xen, but pending")]
    [InlineData(9, 0x4800_0000, "the word of port 9 is not an event word")]
    [InlineData(3, 0x0ff0_0000, "the word of port 3 is not an event word")]
    public void AWordThatDoesNotMatchXensPortsMakesAllUnknown(int port, uint word, string reason)
    {
        _kernel.SetWord((uint)port, word);

        AssertUnknownBecause(reason);
    }

    [Fact]
    public void APageThatIsNotFilledAsKernelsDoIsNotBelieved()
    {
        for (var port = 9u; port < 1024; port++) _kernel.SetWord(port, 0);

        AssertUnknownBecause("1015 of 1016 closed ports are not masked");
    }

    [Fact]
    public void AFewStrayWordsDoNotMatter()
    {
        for (var port = 9u; port < 9 + 16; port++) _kernel.SetWord(port, 0x2000_0000);

        Assert.All(Channels(ChannelSource.Auto, domId: 0), channel => Assert.NotNull(channel.Pending));
    }

    [Fact]
    public void APortBeyondTheArrayMakesAllUnknown()
    {
        _control.Ports = new PortTable(2048, [.. Some.LinuxPorts().Bound, new EventChannelStatus(1024, ChannelState.Ipi)]);

        AssertUnknownBecause("port 1024 is in use, beyond the 1 pages");
    }

    [Fact]
    public void AKernelThatCannotBeReadIsOneShortWarning()
    {
        foreach (var symbol in _kernel.Symbols.Keys) _kernel.Symbols[symbol] = 0;

        AssertUnknownBecause("hides its addresses (kernel.kptr_restrict)");
        Channels(ChannelSource.Kernel, domId: 0);
        Messages.AssertSentence(Assert.Single(_observer.Errors).Message, 0);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void EveryRecordIsThatOfTheKernel(ChannelSource source)
    {
        var vcpus = Vcpus(source);

        Assert.Equal([0, 1], vcpus.Select(vcpu => vcpu.Vcpu));
        Assert.Equal([true, false], vcpus.Select(vcpu => vcpu.UpcallPending));
        Assert.Equal([200u, 300u], vcpus.Select(vcpu => vcpu.Time!.Version));
        Assert.All(vcpus, vcpu =>
            Assert.Equal((StateSource.Kernel, true, "xen_vcpu_info"), (vcpu.Source, vcpu.IsLive, vcpu.Location)));
        Assert.Empty(_observer.Warnings);
    }

    [Fact]
    public void RecordsOfOtherSourcesAreNotOfTheKernel()
    {
        Assert.Empty(Vcpus(ChannelSource.GuestMemory));
        Assert.All(Vcpus(ChannelSource.SharedPage), vcpu => Assert.Equal(StateSource.SharedPage, vcpu.Source));
    }

    [Fact]
    public void ACpuWhoseRecordIsNotTheUsedOneHasItsSlot()
    {
        _kernel.PointElsewhere(1, FakeKernel.DirectMap);

        Assert.Equal([StateSource.Kernel, StateSource.SharedPage], Vcpus(ChannelSource.Auto).Select(vcpu => vcpu.Source));
        Assert.Equal([0], Vcpus(ChannelSource.Kernel).Select(vcpu => vcpu.Vcpu));
    }

    [Theory]
    [InlineData(0, 2)] // upcall pending
    [InlineData(1, 0xff)] // upcall mask
    [InlineData(36, 1)] // padding
    [InlineData(59, 0x40)] // multiplier
    [InlineData(60, 3)] // shift
    public void ARecordThatIsNoneMakesAllUnknown(int offset, byte value)
    {
        _kernel.Record(1)[offset] = value;

        Assert.All(Vcpus(ChannelSource.Auto), vcpu => Assert.Equal(StateSource.SharedPage, vcpu.Source));
        Assert.Contains("for vCPU 1 is not a vCPU record", Assert.Single(_observer.Warnings).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARecordOfAVcpuThatXenDoesNotHaveMakesAllUnknown()
    {
        _kernel.Renumber(1, 2);

        Assert.All(Vcpus(ChannelSource.Auto), vcpu => Assert.Equal(StateSource.SharedPage, vcpu.Source));
    }

    // Nothing is written to the control domain, so no write mends a fault of it.
    [Theory]
    [InlineData("StuckMasked", "Restart the program or driver of the control domain")]
    [InlineData("UpcallMasked", "Keep what Export-XenCapture")]
    [InlineData("ClockVersionOdd", "Keep what Export-XenCapture")]
    public void AFaultOfTheControlDomainAdvisesNoWrite(string rule, string advice)
    {
        if (rule == "StuckMasked") _kernel.SetWord(1, 0xc000_0000);
        if (rule == "UpcallMasked") SharedInfoLayout.X86_64.Vcpu.UpcallMask!.Value.Write(_kernel.Record(0), 1);
        if (rule == "ClockVersionOdd")
        {
            var page = _control.Samples[0].Page.ToArray();
            SharedInfoLayout.X86_64.WallClockVersion.Write(page, 7);
            _control.Samples.Clear();
            _control.Samples.Add(Some.Sample(page));
        }
        _kernel.Write(_folder.Root);
        var query = new FaultQuery(_host, _observer)
        {
            Locate = Inspected.ForArrays with { VcpuRecords = true },
            SampleTime = TimeSpan.Zero,
            SampleCount = rule == "UpcallMasked" ? 4 : 1,
            Rules = [rule],
        };

        var fault = Assert.Single(query.Run(new DomainSelection { DomIds = [0] }));

        Assert.StartsWith(advice, fault.Advice, StringComparison.Ordinal);
        Assert.DoesNotMatch("(Repair|Set|Send)-Xen", fault.Advice);
    }

    [Fact]
    public void ACaptureHasThemWithTheirSource()
    {
        var text = Export(_host);
        using var capture = CaptureText.Open(text);

        var channels = Channels(ChannelSource.Auto, domId: 0);
        var vcpus = Vcpus(ChannelSource.Auto);
        Assert.Equal(
            channels.Select(channel => channel with { TakenAt = null }),
            Channels(ChannelSource.Auto, 0, capture).Select(channel => channel with { TakenAt = null }));
        Assert.Equal(channels.Length, Channels(ChannelSource.Kernel, 0, capture).Count(channel => channel.Source == StateSource.Kernel));
        Assert.Equal(
            vcpus.Select(vcpu => vcpu with { TakenAt = null, LiveEvidence = "" }),
            Vcpus(ChannelSource.Kernel, capture).Select(vcpu => vcpu with { TakenAt = null, LiveEvidence = "" }));
        Assert.Empty(_observer.Warnings);
        Assert.Empty(Vcpus(ChannelSource.GuestMemory, capture));
        Assert.Empty(_observer.Errors);
        Assert.All(Channels(ChannelSource.GuestMemory, 0, capture), AssertUnknown);
        Assert.Single(_observer.Errors);
        // Copied again, nothing is lost.
        Assert.Equal(WithoutTimes(text), WithoutTimes(Export(capture)));
    }

    [Fact]
    public void ACaptureHoldsNoAddressOfTheKernel()
    {
        var lines = Encoding.UTF8.GetString(Export(_host)).Split('\n').Where(line => line.Contains("\"Kernel\"", StringComparison.Ordinal));

        Assert.Equal(3, lines.Count());
        Assert.All(lines, line => Assert.Contains("\"pfn\":0,\"frame\":0", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("SharedPage")]
    [InlineData("Hypervisor")]
    [InlineData("Elsewhere")]
    public void ACaptureWithAnotherSourceIsDamaged(string source)
    {
        var text = Encoding.UTF8.GetString(Export(_host)).Replace("\"Kernel\"", $"\"{source}\"", StringComparison.Ordinal);

        CaptureText.AssertDamaged(text);
    }

    [Fact]
    public void ACaptureWithAnotherDomainsKernelIsDamaged()
    {
        var text = Encoding.UTF8.GetString(Export(_host));
        var page = text.Split('\n').First(line => line.Contains("\"eventpage\"", StringComparison.Ordinal)) + "\n";
        var moved = page.Replace("\"domid\":0", "\"domid\":6", StringComparison.Ordinal);
        var end = text.LastIndexOf("{\"kind\":\"end\"", StringComparison.Ordinal);

        var error = CaptureText.AssertDamaged(text.Insert(end, moved).Replace(page, "", StringComparison.Ordinal));

        Assert.Contains("located data of domain 6 is not possible", error.Message, StringComparison.Ordinal);
    }

    private static string WithoutTimes(byte[] text) =>
        Regex.Replace(Encoding.UTF8.GetString(text), "\"takenAt\":\"[^\"]*\"", "");

    private byte[] Export(IXenDataSource target)
    {
        _kernel.Write(_folder.Root);
        using var output = new MemoryStream();
        new CaptureExport(target, new RecordingObserver())
        {
            Compress = false,
            SampleTime = TimeSpan.Zero,
            Locate = new LocatorOptions { Remembered = new GuestLocationCache(null) },
        }.Run(new DomainSelection(), output);
        return output.ToArray();
    }

    private FakeTarget Host(params FakeDomain[] domains) =>
        new(domains)
        {
            OwnKernel = new OwnKernel(_folder.Root, new GuestLocationCache(null)),
        };

    private XenEventChannel[] Channels(ChannelSource source, ushort domId, IXenDataSource? target = null)
    {
        _kernel.Write(_folder.Root);
        return
        [
            .. new EventChannelQuery(target ?? _host, _observer) { Source = source, Locate = Inspected.ForArrays }.Run(
                new DomainSelection { DomIds = [domId] }),
        ];
    }

    private XenVcpuInfo[] Vcpus(ChannelSource source, IXenDataSource? target = null)
    {
        _kernel.Write(_folder.Root);
        return
        [
            .. new VcpuQuery(target ?? _host, _observer)
            {
                Source = source,
                SampleTime = TimeSpan.Zero,
                Locate = Inspected.ForRecords,
            }.Run(new DomainSelection { DomIds = [0] }),
        ];
    }

    private void AssertUnknownBecause(string reason)
    {
        Assert.All(Channels(ChannelSource.Auto, domId: 0), AssertUnknown);
        var warning = Assert.Single(_observer.Warnings);
        Assert.Equal((XenErrorId.EventStateUnknown, (ushort?)0), (warning.Id, warning.DomId));
        Assert.Contains(reason, warning.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', warning.Message);
    }

    private static void AssertUnknown(XenEventChannel channel) =>
        Assert.Equal((null, null, null), (channel.Pending, channel.Masked, channel.Source));
}
