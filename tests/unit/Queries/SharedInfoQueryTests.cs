using XenShared.Layout;
using XenShared.Queries;
using XenShared.Tests.Support;

namespace XenShared.Tests.Queries;

/// <summary>Tests the shared page objects that users get.</summary>
public sealed class SharedInfoQueryTests
{
    private readonly RecordingObserver _observer = new();

    [Fact]
    public void ATwoLevelGuestsPage()
    {
        var guest = Some.TwoLevelGuest();

        var page = Assert.Single(Run(guest));

        Assert.Equal(((ushort)5, "guest", "fake"), (page.DomId, page.DomainName, page.HostName));
        Assert.Equal((GuestLayout.X86_64, EventAbi.TwoLevel), (page.Layout, page.EventAbi));
        Assert.Equal((0x10ul, Some.Start), (page.Frame!.Value, page.TakenAt));
        Assert.Equal([3], page.PendingPort!);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], page.UnmaskedPort!);
        Assert.Equal(new DateTimeOffset(2026, 11, 22, 9, 29, 54, TimeSpan.Zero).AddTicks(586_924), page.WallClock?.Time);
        Assert.Equal((2u, 1_795_339_794ul, 58_692_473u), (page.WallClock!.Version, page.WallClock.Seconds, page.WallClock.Nanoseconds));
        Assert.Equal(guest.Samples[0].Page.ToArray(), page.Bytes);
        Assert.Empty(page.Unstable);
        Assert.Equal("page+0x0", Assert.Single(page.Vcpu).Location);
        Assert.Empty(_observer.Errors);
        Assert.Empty(_observer.Warnings);
    }

    [Fact]
    public void AFifoGuestsPageHasNoPortLists()
    {
        var page = Assert.Single(Run(Some.FifoGuest()));

        Assert.Null(page.PendingPort);
        Assert.Null(page.UnmaskedPort);
        Assert.Equal(EventAbi.Fifo, page.EventAbi);
    }

    [Fact]
    public void LeftoversOfFirmwareAndPortsOfXenItselfNeverAppear()
    {
        var golden = GoldenGuest.Named("hvm-2l");

        // Bits 2049 and so on are the firmware's clock; port 4 is Xen's own, and its mask bit was cleared by hand.
        var page = Assert.Single(RunGolden(golden, golden.LifePage("w0052")));

        Assert.Equal([5], page.PendingPort!);
        Assert.Equal([1, 2, 5, 6, 7, 8, 9, 10, 11, 12, 13], page.UnmaskedPort!);
    }

    [Theory]
    [MemberData(nameof(GoldenGuest.Paused), MemberType = typeof(GoldenGuest))]
    public void RealPagesAgreeWithXensOwnView(string name)
    {
        var golden = GoldenGuest.Named(name);

        var page = Assert.Single(RunGolden(golden, golden.PausedPage));

        var isTwoLevel = golden.Abi == EventAbi.TwoLevel;
        Assert.Equal(isTwoLevel ? golden.XenView.Where(port => port.Pending).Select(port => port.Port) : null, page.PendingPort);
        Assert.Equal(isTwoLevel ? golden.XenView.Where(port => !port.Masked).Select(port => port.Port) : null, page.UnmaskedPort);
        Assert.Equal(golden.PausedReport.Arch.MaxPfn, page.Arch?.MaxPfn);
        Assert.Equal(golden.PausedReport.Arch.P2mVaddr, page.Arch?.P2mVaddr);
        Assert.Equal(golden.PausedReport.WallClock.Seconds, page.WallClock?.Seconds);
        Assert.Equal(golden.PausedReport.Slot0.Time.SystemTime, page.Vcpu[0].Time?.SystemTimeNanoseconds);
    }

    [Fact]
    public void APageThatCannotBeReadIsOneErrorAndTheOthersFollow()
    {
        var unmapped = new FakeDomain
        {
            Reading = Some.Domain(4),
            PageError = Some.Error(XenErrorId.SharedInfoNotMapped, 4),
            Ports = Some.LinuxPorts(),
        };

        Assert.Equal(5, Assert.Single(Run(unmapped, Some.TwoLevelGuest())).DomId);
        Assert.Equal([XenErrorId.SharedInfoNotMapped], _observer.ErrorIds);
    }

    [Fact]
    public void APageWithoutEvidenceOfItsLayoutIsAnErrorWithAnAdvice()
    {
        Assert.Empty(Run(Empty()));

        var error = Assert.Single(_observer.Errors);
        Assert.Equal((XenErrorId.LayoutUnknown, (ushort?)5), (error.Id, error.DomId));
        Messages.AssertSentence(error.Message, 5);
        Assert.NotNull(error.Advice);
    }

    [Theory]
    [InlineData(GuestLayout.X86_64, 1)]
    [InlineData(GuestLayout.X86_32, 1)]
    [InlineData(GuestLayout.Arm, 0)]
    public void ARequestedLayoutIsUsed(GuestLayout layout, int archParts)
    {
        var page = Assert.Single(RunIn(layout, Empty()));

        Assert.Equal((layout, "requested"), (page.Layout, page.LayoutEvidence));
        Assert.Equal(archParts, page.Arch is null ? 0 : 1);
        Assert.Empty(_observer.Errors);
    }

    [Fact]
    public void PortListsAreNeverReadOutOfALayoutThatTheGuestDoesNotUse()
    {
        // 64-bit and two-level by its mask, which in the 32-bit layout is all zero: every port would look unmasked.
        var page = Some.TwoLevelPage(SharedInfoLayout.X86_64, 1, 2);
        var guest = new FakeDomain { Reading = Some.Domain(), Samples = [Some.Sample(page)], Ports = Some.LinuxPorts() };

        var asked = Assert.Single(RunIn(GuestLayout.X86_32, guest));

        Assert.True(
            asked.UnmaskedPort is null || asked.UnmaskedPort.SequenceEqual([1u, 2u]),
            $"Unmasked: {string.Join(' ', asked.UnmaskedPort ?? [])}");
    }

    [Fact]
    public void PortsThatCannotBeReadAreAnErrorAndThePageComesAllTheSame()
    {
        var guest = new FakeDomain
        {
            Reading = Some.Domain(),
            Samples = Some.TwoLevelGuest().Samples,
            PortError = Some.Error(XenErrorId.DomainVanished),
        };

        var page = Assert.Single(Run(guest));

        Assert.Equal((null, null, EventAbi.Unknown), (page.PendingPort, page.UnmaskedPort, page.EventAbi));
        Assert.Equal([XenErrorId.DomainVanished], _observer.ErrorIds);
    }

    [Fact]
    public void PartsThatDidNotRestAreNullAndErrors()
    {
        var page = Some.TwoLevelPage(SharedInfoLayout.X86_64, 1, 2, 3);
        new Random(3).NextBytes(page.AsSpan(0, 64));
        string[] unstable = ["X86_64 wall clock", "X86_64 P2M", "vCPU 0 time"];
        var guest = new FakeDomain { Reading = Some.Domain(), Samples = [Some.Sample(page, 0, unstable)], Ports = Some.LinuxPorts() };

        var info = Assert.Single(Run(guest));

        Assert.Null(info.WallClock);
        Assert.Null(info.Vcpu[0].Time);
        Assert.NotNull(info.Vcpu[0].UpcallPending);
        Assert.Equal((null, null, null), (info.Arch!.P2mCr3, info.Arch.P2mVaddr, info.Arch.P2mGeneration));
        Assert.Equal(0ul, info.Arch.MaxPfn);
        Assert.Equal(unstable.Order(StringComparer.Ordinal), info.Unstable.Order(StringComparer.Ordinal));
        Assert.Equal(3, _observer.Errors.Count);
        Assert.All(_observer.Errors, error =>
        {
            Assert.Equal(XenErrorId.SharedInfoUnstable, error.Id);
            Messages.AssertSentence(error.Message, 5);
        });
    }

    [Theory]
    [InlineData(32, "vCPU 0 time")]
    [InlineData(3072, "X86_64 wall clock")]
    [InlineData(3128, "X86_64 P2M")]
    public void AnOddCounterIsUnstableWithoutBeingListed(int counter, string name)
    {
        // A copy by this program names it; a capture by another program may not.
        var page = Some.TwoLevelPage(SharedInfoLayout.X86_64, 1, 2, 3);
        page[counter] |= 1;
        var guest = new FakeDomain { Reading = Some.Domain(), Samples = [Some.Sample(page)], Ports = Some.LinuxPorts() };

        var info = Assert.Single(Run(guest));

        Assert.Equal([name], info.Unstable);
        Assert.Equal(name == "X86_64 wall clock", info.WallClock is null);
        Assert.Equal(name == "vCPU 0 time", info.Vcpu[0].Time is null);
        Assert.Equal(name == "X86_64 P2M", info.Arch!.P2mCr3 is null);
        Assert.Equal([XenErrorId.SharedInfoUnstable], _observer.ErrorIds);
    }

    [Fact]
    public void WhatDoesNotRestInAnotherLayoutOrASlotWithoutAVcpuDoesNotMatter()
    {
        string[] unstable = ["X86_32 wall clock", "X86_32 P2M", "vCPU 1 time", "vCPU 31 time", "something else"];
        var guest = new FakeDomain
        {
            Reading = Some.Domain(),
            Samples = [Some.Sample(Some.TwoLevelPage(SharedInfoLayout.X86_64, 1), 0, unstable)],
            Ports = Some.LinuxPorts(),
        };

        var info = Assert.Single(Run(guest));

        Assert.NotNull(info.WallClock);
        Assert.NotNull(info.Arch?.P2mCr3);
        Assert.Empty(info.Unstable);
        Assert.Empty(_observer.Errors);
    }

    [Fact]
    public void AClockThatIsNoDateIsNoTime()
    {
        var page = Some.TwoLevelPage(SharedInfoLayout.X86_64, 1);
        foreach (var clock in (WallClockContent[])
                [new(2, ulong.MaxValue, 0), new(2, 253_402_300_800, 0), new(2, 1, 1_000_000_000), new(2, 1, uint.MaxValue)])
        {
            clock.Encode(page, SharedInfoLayout.X86_64);
            var info = Assert.Single(
                Run(
                    new FakeDomain
                    {
                        Reading = Some.Domain(),
                        Samples = [Some.Sample(page)],
                        Ports = Some.LinuxPorts(),
                    }));

            Assert.Null(info.WallClock?.Time);
            Assert.Equal((clock.Seconds, clock.Nanoseconds), (info.WallClock!.Seconds, info.WallClock.Nanoseconds));
        }
        new WallClockContent(2, 253_402_300_799, 999_999_999).Encode(page, SharedInfoLayout.X86_64);
        Assert.Equal(
            DateTimeOffset.MaxValue,
            Assert.Single(Run(new FakeDomain { Reading = Some.Domain(), Samples = [Some.Sample(page)] })).WallClock?.Time);
    }

    [Fact]
    public void NoPageBreaksIt() =>
        Always.Holds(
            Arbitrary.Page,
            page =>
            {
                var guest = new FakeDomain
                {
                    Reading = Some.Domain(vcpus: 40),
                    Samples = [Some.Sample(page), Some.Sample(page, 1)],
                    Ports = Some.LinuxPorts(),
                };
                foreach (var layout in Enum.GetValues<GuestLayout>())
                    Assert.Equal(40, Assert.Single(RunIn(layout, guest)).Vcpu.Count);
            },
            cases: 100);

    private static FakeDomain Empty() =>
        new()
        {
            Reading = Some.Domain(pvWidth: null, type: DomainType.HVM),
            Samples = [Some.Sample(new byte[4096])],
            Ports = Some.LinuxPorts(),
        };

    private List<XenSharedInfo> RunGolden(GoldenGuest golden, ReadOnlyMemory<byte> page) =>
        [
            .. new SharedInfoQuery(
                new FakeTarget(
                    new FakeDomain
                    {
                        Reading = golden.Reading,
                        Samples = [GoldenGuest.Sample(page)],
                        Ports = golden.Ports,
                    })
                {
                    HostClock = golden.HostClock,
                },
                _observer
            ).Run(DomainSelection.All),
        ];

    private List<XenSharedInfo> Run(params FakeDomain[] domains) => RunIn(layout: null, domains);

    private List<XenSharedInfo> RunIn(GuestLayout? layout, params FakeDomain[] domains) =>
        [.. new SharedInfoQuery(new FakeTarget(domains), _observer) { Layout = layout }.Run(DomainSelection.All)];
}
