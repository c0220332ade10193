using XenShared.Guests.Locating;
using XenShared.Queries;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Tests the vCPU objects of guests whose records are in their memory.</summary>
public sealed class GuestMemoryVcpuTests
{
    private readonly RecordingObserver _observer = new();

    [Fact]
    public void ALocatedRecordIsLive()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.Record(0)[0] = 1;

        var vcpu = Assert.Single(Run(guest));

        Assert.Equal((true, "PFN 0x200+0xe0", StateSource.GuestMemory), (vcpu.IsLive, vcpu.Location, vcpu.Source));
        Assert.Equal((true, false, ulong.MaxValue, 0ul), (vcpu.UpcallPending, vcpu.UpcallMask, vcpu.PendingSelector, vcpu.Cr2));
        Assert.Contains("the only place", vcpu.LiveEvidence, StringComparison.Ordinal);
        // Not those of the frozen slot, whose version is 8.
        Assert.InRange(vcpu.Time!.Version, 102u, 1000u);
        Assert.InRange(vcpu.Time.SystemTimeNanoseconds, 71_000_000_000ul, 1_000_000_000_000ul);
        Assert.Equal(RecordBytes.Multiplier + 0x10_0000, vcpu.Time.TscToSystemMul);
        Assert.InRange((DateTimeOffset.UtcNow - vcpu.TakenAt!.Value).TotalSeconds, 0, 60);
        Assert.Empty(_observer.Errors);
        Assert.Empty(_observer.Warnings);
    }

    [Fact]
    public void TheSharedPageAloneIsNotSearchedFurther()
    {
        var memory = new FakeMemory(SyntheticGuest.PvWithList());

        var vcpu = Assert.Single(Run(memory, ChannelSource.SharedPage));

        Assert.Equal(
            (null, "page+0x0", StateSource.SharedPage, 8u, 0),
            (vcpu.IsLive, vcpu.Location, vcpu.Source, vcpu.Time!.Version, memory.Visits));
    }

    [Fact]
    public void ARecordThatIsNotFoundIsAWarningBesideTheSlot()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.Record(0).Clear();

        var vcpu = Assert.Single(Run(guest));

        Assert.Equal((null, "page+0x0", StateSource.SharedPage), (vcpu.IsLive, vcpu.Location, vcpu.Source));
        var warning = Assert.Single(_observer.Warnings);
        Assert.Equal((5, XenErrorId.EventStateUnknown), (warning.DomId!.Value, warning.Id));
        Messages.AssertSentence(warning.Message, 5);
        // With guest memory as the only source, there is no record.
        Assert.Empty(Run(guest, ChannelSource.GuestMemory));
    }

    [Fact]
    public void AVcpuWithoutASlotHasItsRecordInMemory()
    {
        var guest = SyntheticGuest.Pvh(vcpus: 10);
        guest.Domain.Reading = guest.Domain.Reading with { MaxVcpuId = 33 };

        var vcpus = Run(guest);

        Assert.Equal(Enumerable.Range(0, 34), vcpus.Select(vcpu => vcpu.Vcpu));
        Assert.All(vcpus.Take(10), vcpu => Assert.Equal((true, $"PFN 0x{0x200 + vcpu.Vcpu * 0x40:x}+0xe0"), (vcpu.IsLive, vcpu.Location)));
        // These are not online, and two of them have no slot either.
        Assert.All(vcpus.Skip(10).Take(22), vcpu => Assert.Equal((null, StateSource.SharedPage), (vcpu.IsLive, vcpu.Source)));
        Assert.All(vcpus.Skip(32), vcpu =>
            Assert.Equal((null, null, "none: the page has 32 slots"), (vcpu.Source, vcpu.Time, vcpu.Location)));
    }

    [Fact]
    public void TheRecordOfAVcpuBeyondTheSlotsIsFound()
    {
        var guest = SyntheticGuest.Pvh(vcpus: 12);
        var samples = guest.Domain.Samples;
        guest.Domain.Reading = guest.Domain.Reading with { MaxVcpuId = 39 };
        var memory = new FakeMemory(guest);
        // Of 40 vCPUs the last 12 are online, with the records that were made.
        memory.OnSample = _ =>
        {
            guest.Step();
            samples[0] = samples[0] with { Vcpus = [.. samples[0].Vcpus.Select(vcpu => vcpu with { Vcpu = vcpu.Vcpu + 28 })] };
        };

        var vcpus = Run(memory, ChannelSource.GuestMemory);

        Assert.Equal(Enumerable.Range(28, 12), vcpus.Select(vcpu => vcpu.Vcpu));
        Assert.Equal($"PFN 0x{0x200 + 11 * 0x40:x}+0xe0", vcpus.Single(vcpu => vcpu.Vcpu == 39).Location);
    }

    private List<XenVcpuInfo> Run(SyntheticGuest guest, ChannelSource source = ChannelSource.Auto) => Run(new FakeMemory(guest), source);

    private List<XenVcpuInfo> Run(FakeMemory memory, ChannelSource source)
    {
        LocatorOptions locate = Inspected.ForRecords with { Timeout = TimeSpan.FromSeconds(5) };
        return
        [
            .. new VcpuQuery(memory, _observer)
            {
                SampleTime = TimeSpan.Zero,
                Source = source,
                Locate = locate,
            }.Run(DomainSelection.All),
        ];
    }
}
