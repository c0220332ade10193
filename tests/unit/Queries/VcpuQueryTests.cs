using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Tests the vCPU objects that users get.</summary>
public sealed class VcpuQueryTests
{
    private readonly RecordingObserver _observer = new();

    [Fact]
    public void ARealLiveRecord()
    {
        var grub = GoldenGuest.Named("grub64");
        var guest = new FakeDomain
        {
            Reading = grub.Reading with { State = DomainState.Running },
            Samples = [GoldenGuest.Sample(grub.Page), GoldenGuest.Sample(grub.PausedPage, 11)],
            Ports = grub.Ports,
        };

        var record = Assert.Single(Run(new RecordedTarget(guest)));

        Assert.True(record.IsLive);
        Assert.Equal((true, true, 1ul, 0ul), (record.UpcallPending, record.UpcallMask, record.PendingSelector, record.Cr2));
        Assert.Equal(
            (88u, 74_809_163_234ul, PvclockFlags.None),
            (record.Time!.Version, record.Time.SystemTimeNanoseconds, record.Time.Flags));
        Assert.Equal(TimeSpan.FromTicks(748_091_632), record.Time.SystemTime);
        Assert.InRange(record.Time.TscFrequency ?? 0, 2_400_000_000ul, 2_800_000_000ul);
        Assert.Equal((StateSource.SharedPage, "page+0x0"), (record.Source, record.Location));
    }

    [Fact]
    public void ARecordThatWasNotSampledIsNeitherLiveNorStale()
    {
        var record = Assert.Single(Run(new FakeTarget(Some.TwoLevelGuest()), TimeSpan.Zero));

        Assert.Null(record.IsLive);
        Assert.Equal("not sampled", record.LiveEvidence);
    }

    [Fact]
    public void AStaleRecordIsReportedAsStale()
    {
        var page = GoldenGuest.Named("pv-fifo").Page;
        var guest = new FakeDomain
        {
            Reading = Some.Domain(),
            Samples = [GoldenGuest.Sample(page, 0, 1), GoldenGuest.Sample(page, 1.6, 2), GoldenGuest.Sample(page, 2.4, 3)],
            Ports = Some.LinuxPorts(),
        };

        Assert.False(Assert.Single(Run(new RecordedTarget(guest))).IsLive);
    }

    [Fact]
    public void VcpusBeyondTheSlotsHaveNoRecord()
    {
        var guest = new FakeDomain
        {
            Reading = Some.Domain(vcpus: 34),
            Samples = [Some.Sample(Some.TwoLevelPage(SharedInfoLayout.X86_64, 1))],
            Ports = Some.LinuxPorts(),
        };

        var records = Run(new RecordedTarget(guest));

        Assert.Equal(Enumerable.Range(0, 34), records.Select(record => record.Vcpu));
        Assert.All(records.Take(32), record => Assert.Equal($"page+0x{record.Vcpu * 64:x}", record.Location));
        Assert.All(records.Skip(32), record =>
        {
            Assert.Equal(
                (null, null, null, null, null, null, null),
                (record.UpcallPending, record.UpcallMask, record.PendingSelector, record.Cr2, record.Time, record.Source, record.IsLive));
            Assert.Contains("32 slots", record.Location, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void OnlyTheSelectedVcpusAreReturned()
    {
        var guest = new FakeDomain
        {
            Reading = Some.Domain(vcpus: 4),
            Samples = [Some.Sample(Some.TwoLevelPage(SharedInfoLayout.X86_64, 1))],
            Ports = Some.LinuxPorts(),
        };

        var query = new VcpuQuery(new RecordedTarget(guest), _observer) { Vcpus = [3, 1, 9] };

        Assert.Equal([1, 3], query.Run(DomainSelection.All).Select(record => record.Vcpu));
    }

    [Fact]
    public void ADomainWithoutVcpusHasNoRecords()
    {
        var guest = new FakeDomain
        {
            Reading = Some.Domain() with { MaxVcpuId = null, OnlineVcpus = 0 },
            Samples = [Some.Sample(Some.TwoLevelPage(SharedInfoLayout.X86_64, 1))],
        };

        Assert.Empty(Run(new RecordedTarget(guest)));
        Assert.Empty(_observer.Errors);
    }

    [Fact]
    public void OnArmThereIsNoClockAndNoMask()
    {
        var guest = new FakeDomain
        {
            Reading = Some.Domain(type: DomainType.PVH, pvWidth: null, vcpus: 2),
            Samples = [Some.Sample(new byte[4096])],
        };
        var target = new RecordedTarget(guest) { Host = new HostInfo("arm", new XenVersion(4, 17, ""), "arm64") };

        var records = Run(target);

        Assert.Equal((false, null, null, null), (records[0].UpcallPending, records[0].UpcallMask, records[0].Cr2, records[0].Time));
        Assert.Contains("1 slots", records[1].Location, StringComparison.Ordinal);
    }

    [Fact]
    public void APageThatCannotBeReadIsAnError()
    {
        Assert.Empty(
            Run(new RecordedTarget(new FakeDomain { Reading = Some.Domain(), PageError = Some.Error(XenErrorId.SharedInfoNotMapped) })));
        Assert.Equal([XenErrorId.SharedInfoNotMapped], _observer.ErrorIds);
    }

    private List<XenVcpuInfo> Run(FakeTarget target, TimeSpan? sampleTime = null) =>
        [.. new VcpuQuery(target, _observer) { SampleTime = sampleTime ?? VcpuQuery.DefaultSampleTime }.Run(DomainSelection.All)];
}
