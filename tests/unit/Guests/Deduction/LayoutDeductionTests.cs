using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Guests.Deduction;

/// <summary>Tests the deduction of the layout of a page.</summary>
public sealed class LayoutDeductionTests
{
    private static readonly DomainInfo s_hvm = Some.Domain(pvWidth: null, type: DomainType.HVM);

    [Theory]
    [MemberData(nameof(GoldenGuest.Names), MemberType = typeof(GoldenGuest))]
    public void EveryRealGuestOfTheTestBedEndsWith64Bits(string name)
    {
        var guest = GoldenGuest.Named(name);

        Assert.Equal((SharedInfoLayout.X86_64, 64), Deduced(Deduce(guest.Reading, guest.Page, guest.HostClock)));
        // Xen's width is not used, as if these were HVM guests.
        Assert.Equal(
            (SharedInfoLayout.X86_64, 64),
            Deduced(Deduce(guest.Reading with { PvWidth = null }, guest.Page, guest.HostClock)));
    }

    [Theory]
    [InlineData("hvm-2l", "w0000", GuestLayout.X86_32)] // hvmloader
    [InlineData("hvm-2l", "w0002", GuestLayout.X86_32)] // hvmloader has gone and wiped what it used
    [InlineData("hvm-2l", "w0003", GuestLayout.X86_32)] // SeaBIOS
    [InlineData("hvm-2l", "w0004", GuestLayout.X86_32)] // Linux has moved the page, and is still latched as 32-bit
    [InlineData("hvm-2l", "w0005", GuestLayout.X86_64)] // latched as 64-bit; the whole mask set
    [InlineData("hvm-2l", "w0006", GuestLayout.X86_64)]
    [InlineData("hvm-2l", "w0024", GuestLayout.X86_64)]
    [InlineData("hvm-2l", "w0052", GuestLayout.X86_64)]
    [InlineData("hvm-fifo", "w0000", GuestLayout.X86_32)]
    [InlineData("hvm-fifo", "w0004", GuestLayout.X86_32)]
    public void AnHvmGuestsLifeWithAndWithoutTheHostsClock(string name, string page, GuestLayout layout)
    {
        var guest = GoldenGuest.Named(name);

        Assert.Equal(layout, Deduce(guest.Reading, guest.LifePage(page), guest.HostClock).Layout?.Layout);
        Assert.Equal(layout, Deduce(guest.Reading, guest.LifePage(page), hostClock: null).Layout?.Layout);
    }

    [Fact]
    public void AFifoHvmGuestKeepsTheFirmwaresClockAndTheHostsClockDecides()
    {
        var guest = GoldenGuest.Named("hvm-fifo");
        var page = guest.LifePage("w0005");

        Assert.Equal(GuestLayout.X86_64, Deduce(guest.Reading, page, guest.HostClock).Layout?.Layout);

        var unknown = Deduce(guest.Reading, page, hostClock: null);
        Assert.Null(unknown.Layout);
        Assert.Null(unknown.Width);
        Assert.Contains("no clock of the host", unknown.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    [InlineData(2)]
    public void ATimeOffsetLeavesBothClocksUndecided(int offset)
    {
        var guest = GoldenGuest.Named("hvm-fifo");
        var clock = guest.HostClock;
        var host = clock with { Seconds = (ulong)((long)clock.Seconds - offset) };

        var deduced = Deduce(guest.Reading, guest.LifePage("w0005"), host);

        Assert.Null(deduced.Layout);
        Assert.Contains("time offset", deduced.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void A64BitClockThatWasWrittenMoreThanOnceIsInUse()
    {
        var page = BothClocks(wideVersion: 4);

        Assert.Equal(GuestLayout.X86_64, LayoutDeduction.Deduce(s_hvm, "x86_64", page, hostClock: null).Layout?.Layout);
    }

    [Fact]
    public void AClockInOneLayoutOnlyIsEvidence()
    {
        foreach (var layout in (SharedInfoLayout[])[SharedInfoLayout.X86_64, SharedInfoLayout.X86_32])
            Assert.Same(layout, LayoutDeduction.Deduce(s_hvm, "x86_64", new DomainSample(Some.ClockPage(layout)), hostClock: null).Layout);
    }

    [Fact]
    public void TheMaskOfA32BitKernelIsEvidenceWithoutAClock()
    {
        var page = new byte[4096];
        page.AsSpan(2176, 128).Fill(0xff);

        Assert.Same(SharedInfoLayout.X86_32, LayoutDeduction.Deduce(s_hvm, "x86_64", new DomainSample(page), hostClock: null).Layout);
    }

    [Fact]
    public void AnEmptyPageIsNoEvidence()
    {
        var deduced = LayoutDeduction.Deduce(s_hvm, "x86_64", new DomainSample(new byte[4096]), Some.Clock);

        Assert.Null(deduced.Layout);
        Assert.NotEmpty(deduced.Evidence);
    }

    [Fact]
    public void WithoutAPageOnlyXensReportIsEvidence()
    {
        Assert.Null(LayoutDeduction.Deduce(s_hvm, "x86_64", sample: null, Some.Clock).Layout);
        Assert.Same(
            SharedInfoLayout.X86_32,
            LayoutDeduction.Deduce(Some.Domain(pvWidth: 32), "x86_64", sample: null, hostClock: null).Layout);
        Assert.Same(
            SharedInfoLayout.X86_64,
            LayoutDeduction.Deduce(Some.Domain(pvWidth: 64), "x86_64", sample: null, hostClock: null).Layout);
    }

    [Fact]
    public void XensReportPrecedesThePage() =>
        Assert.Equal(
            (SharedInfoLayout.X86_32, 32),
            Deduced(
                LayoutDeduction.Deduce(
                    Some.Domain(pvWidth: 32),
                    "x86_64",
                    new DomainSample(Some.TwoLevelPage(SharedInfoLayout.X86_64)),
                    hostClock: null)));

    [Fact]
    public void EveryGuestOfAnArmHostIsArm() =>
        Assert.Equal(
            (SharedInfoLayout.Arm, 64),
            Deduced(LayoutDeduction.Deduce(Some.Domain(pvWidth: null, type: DomainType.PVH), "arm64", sample: null, hostClock: null)));

    [Fact]
    public void NoPageBreaksIt() => Always.Holds(Arbitrary.Page, page =>
    {
        var deduced = LayoutDeduction.Deduce(s_hvm, "x86_64", new DomainSample(page), Some.Clock);

        Assert.NotEmpty(deduced.Evidence);
        Assert.NotSame(SharedInfoLayout.Arm, deduced.Layout);
        Assert.Equal(deduced.Layout is null, deduced.Width is null);
    });

    private static LayoutDeduction Deduce(DomainInfo domain, ReadOnlyMemory<byte> page, WallClockContent? hostClock) =>
        LayoutDeduction.Deduce(domain, "x86_64", new DomainSample(page), hostClock);

    private static DomainSample BothClocks(uint wideVersion)
    {
        var page = Some.ClockPage(SharedInfoLayout.X86_32);
        (Some.Clock with { Version = wideVersion }).Encode(page, SharedInfoLayout.X86_64);
        return new DomainSample(page);
    }

    private static (SharedInfoLayout? Layout, int? Width) Deduced(LayoutDeduction deduction) => (deduction.Layout, deduction.Width);
}
