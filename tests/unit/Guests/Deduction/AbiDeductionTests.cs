using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Guests.Deduction;

/// <summary>Tests the deduction of the event ABI from a guest's page and ports.</summary>
public sealed class AbiDeductionTests
{
    private static readonly SharedInfoLayout s_wide = SharedInfoLayout.X86_64;

    [Theory]
    [MemberData(nameof(GoldenGuest.Names), MemberType = typeof(GoldenGuest))]
    public void EveryRealGuestUsesWhatXensDebugKeyShows(string name)
    {
        var guest = GoldenGuest.Named(name);

        Assert.Equal(guest.Abi, Deduce(guest.Page, guest.Ports));
        if (guest.WasPaused) Assert.Equal(guest.Abi, Deduce(guest.PausedPage, guest.Ports));
    }

    [Fact]
    public void FirmwareUsesTwoLevelChannelsAndSoDoesItsMomentWithAnEventPending()
    {
        var guest = GoldenGuest.Named("hvm-2l");

        Assert.Equal(
            EventAbi.TwoLevel,
            AbiDeduction.Deduce(SharedInfoLayout.X86_32, [GoldenGuest.Sample(guest.LifePage("w0000"))], FirmwarePorts()).Abi);
        Assert.Equal(
            EventAbi.Unknown,
            AbiDeduction.Deduce(SharedInfoLayout.X86_32, [GoldenGuest.Sample(guest.LifePage("w0002"))], FirmwarePorts()).Abi);
        Assert.Equal(
            EventAbi.Unknown,
            AbiDeduction.Deduce(SharedInfoLayout.X86_32, [GoldenGuest.Sample(guest.LifePage("w0004"))], FirmwarePorts()).Abi);
    }

    [Theory]
    [InlineData("w0006")]
    [InlineData("w0024")]
    [InlineData("w0052")]
    public void ATwoLevelHvmGuestIsKnownFromItsFirstHoleOn(string page)
    {
        var guest = GoldenGuest.Named("hvm-2l");

        Assert.Equal(EventAbi.TwoLevel, Deduce(guest.LifePage(page), guest.Ports));
        Assert.Equal(EventAbi.Unknown, Deduce(guest.LifePage("w0005"), guest.Ports));
    }

    [Fact]
    public void TheFirmwaresLeftoversAreNoSignOfTwoLevelChannels()
    {
        var guest = GoldenGuest.Named("hvm-fifo");
        // Two samples, the leftovers different in each: they lie where no port is bound.
        var later = guest.Page.ToArray();
        later[2304] ^= 0x06;

        Assert.Equal(
            EventAbi.Fifo,
            AbiDeduction.Deduce(s_wide, [GoldenGuest.Sample(guest.Page), GoldenGuest.Sample(later, 1)], guest.Ports).Abi);
    }

    [Fact]
    public void AMaskOfAllOnesWithoutAHoleIsARestoredGuestOfEitherKind()
    {
        var deduced = AbiDeduction.Deduce(s_wide, [Some.Sample(Some.TwoLevelPage(s_wide))], Some.LinuxPorts());

        Assert.Equal(EventAbi.Unknown, deduced.Abi);
        Assert.Contains("restore", deduced.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(GuestLayout.X86_64, 4095u, EventAbi.TwoLevel)]
    [InlineData(GuestLayout.X86_64, 4096u, EventAbi.Fifo)]
    [InlineData(GuestLayout.X86_32, 1023u, EventAbi.TwoLevel)]
    [InlineData(GuestLayout.X86_32, 1024u, EventAbi.Fifo)]
    public void ABoundPortBeyondTheBitmapsIsFifoForEveryPage(GuestLayout which, uint port, EventAbi abi)
    {
        var layout = SharedInfoLayout.ForLayout(which);
        var ports = new PortTable(8192, [.. Some.LinuxPorts().Bound, new EventChannelStatus(port, ChannelState.Ipi)]);

        Assert.Equal(abi, AbiDeduction.Deduce(layout, [Some.Sample(Some.TwoLevelPage(layout, 1, 2, 3, 4))], ports).Abi);
    }

    [Fact]
    public void ABoundPortBeyondTheLargestBitmapIsFifoWithoutAPageToo()
    {
        var ports = new PortTable(8192, [new EventChannelStatus(5000, State: null)]);

        Assert.Equal(EventAbi.Fifo, AbiDeduction.Deduce(null, [], ports).Abi);
        Assert.Equal(
            EventAbi.Unknown,
            AbiDeduction.Deduce(null, [], new PortTable(8192, [new EventChannelStatus(4095, ChannelState.Ipi)])).Abi);
    }

    [Theory]
    [MemberData(nameof(FifoGuests))]
    public void OnePokedMaskBitDoesNotMakeAFifoGuestTwoLevel(string name)
    {
        var guest = GoldenGuest.Named(name);
        foreach (var port in guest.Ports.Bound)
        {
            var page = guest.Page.ToArray();
            Some.Set(page, s_wide.MaskOffset, port.Port);
            Assert.Equal(EventAbi.Fifo, Deduce(page, guest.Ports));
        }
    }

    [Theory]
    [MemberData(nameof(FifoGuests))]
    public void OnePokedPendingBitNeverMakesAFifoGuestTwoLevel(string name)
    {
        var guest = GoldenGuest.Named(name);
        foreach (var port in guest.Ports.Bound)
        {
            var page = guest.Page.ToArray();
            Some.Set(page, s_wide.PendingOffset, port.Port);
            Assert.NotEqual(EventAbi.TwoLevel, Deduce(page, guest.Ports));
        }
    }

    [Theory]
    [MemberData(nameof(FifoGuests))]
    public void AnEventFromBeforeItsKernelTookOverDoesNotMakeAFifoGuestTwoLevel(string name)
    {
        var guest = GoldenGuest.Named(name);
        foreach (var port in guest.Ports.Bound)
        {
            var page = guest.Page.ToArray();
            // As Xen left it: pending, and the word in the selector of what is now the frozen record of vCPU 0.
            Some.Set(page, s_wide.PendingOffset, port.Port);
            s_wide.Vcpu.PendingSelector.Write(page, 1);

            Assert.Equal(EventAbi.Fifo, Deduce(page, guest.Ports));
        }
    }

    [Fact]
    public void GrubNeverTouchesItsMaskAndIsTwoLevelByItsSelector()
    {
        var guest = GoldenGuest.Named("grub64");
        var deduced = AbiDeduction.Deduce(s_wide, [GoldenGuest.Sample(guest.Page)], guest.Ports);

        Assert.Equal(EventAbi.TwoLevel, deduced.Abi);
        Assert.Contains("selector", deduced.Evidence, StringComparison.Ordinal);

        var withoutSelector = guest.Page.ToArray();
        withoutSelector[8] = 0;
        Assert.Equal(EventAbi.Unknown, Deduce(withoutSelector, guest.Ports));
    }

    // A program that polls clears the pending bits. The result must not change between two reads because of that.
    [Fact]
    public void AProgramThatPollsIsTwoLevelWhetherOrNotAnEventIsPending()
    {
        var guest = GoldenGuest.Named("grub64");
        var page = guest.Page.ToArray();
        page.AsSpan(s_wide.PendingOffset, s_wide.BitmapBytes).Clear();

        Assert.Equal(EventAbi.TwoLevel, Deduce(page, guest.Ports));

        // The selector of another word is no evidence.
        s_wide.Vcpu.PendingSelector.Write(page, 2);
        Assert.All(guest.Ports.Bound, port => Assert.InRange(port.Port, 0u, 63u));
        Assert.Equal(EventAbi.Unknown, Deduce(page, guest.Ports));
    }

    [Fact]
    public void AKernelThatMasksTheFirst1024PortsOnlyIsTwoLevel()
    {
        // Mini-OS and its derivatives (stub domains, Unikraft, MirageOS) mask 1,024 ports at start, also in 64-bit mode.
        var page = Some.ClockPage(s_wide);
        page.AsSpan(s_wide.MaskOffset, 1024 / 8).Fill(0xff);
        Assert.Equal(EventAbi.Unknown, Deduce(page, Some.LinuxPorts()));

        foreach (var port in Some.LinuxPorts().Bound) Some.Clear(page, s_wide.MaskOffset, port.Port);
        Assert.Equal(EventAbi.TwoLevel, Deduce(page, Some.LinuxPorts()));
    }

    [Theory]
    [InlineData(40)]
    [InlineData(100)]
    [InlineData(200)]
    public void AMaskThatIsSetHereAndThereIsNoSignOfFifo(int count)
    {
        var page = Some.ClockPage(s_wide);
        for (uint port = 10; port < 10 + count; port++) Some.Set(page, s_wide.MaskOffset, port);

        Assert.Equal(EventAbi.Unknown, Deduce(page, Some.LinuxPorts()));
    }

    [Fact]
    public void APendingBitThatMovesProvesTwoLevelChannels()
    {
        var before = Some.ClockPage(s_wide);
        var after = Some.ClockPage(s_wide);
        Some.Set(after, s_wide.PendingOffset, 3);

        Assert.Equal(EventAbi.TwoLevel, AbiDeduction.Deduce(s_wide, [Some.Sample(before), Some.Sample(after, 1)], Some.LinuxPorts()).Abi);
        Assert.Equal(
            EventAbi.TwoLevel,
            AbiDeduction.Deduce(s_wide, [Some.Sample(before), Some.Sample(after, 1), Some.Sample(before, 2)], Some.LinuxPorts()).Abi);
    }

    [Fact]
    public void WithoutAKernelsPortsAnUntouchedMaskIsNoEvidence()
    {
        var idle = new PortTable(
            64,
            [new EventChannelStatus(1, ChannelState.Unbound), new EventChannelStatus(2, ChannelState.Interdomain, 0, 0, 30)]);

        Assert.Equal(EventAbi.Unknown, AbiDeduction.Deduce(s_wide, [Some.Sample(Some.ClockPage(s_wide))], idle).Abi);
    }

    [Fact]
    public void ALiveSlotOnAnUntouchedMaskIsNoProofOfFifo()
    {
        var before = Some.ClockPage(s_wide);
        var after = Some.ClockPage(s_wide);
        s_wide.Vcpu.Version.Write(after, 4);

        Assert.Equal(EventAbi.Unknown, AbiDeduction.Deduce(s_wide, [Some.Sample(before), Some.Sample(after, 1)], Some.LinuxPorts()).Abi);
    }

    [Fact]
    public void HiddenPortsDoNotCount()
    {
        // Xen always prints them as masked, whatever is in the page.
        var hidden = new PortTable(64, [new EventChannelStatus(3, State: null), new EventChannelStatus(4, State: null)]);

        Assert.Equal(EventAbi.Unknown, AbiDeduction.Deduce(s_wide, [Some.Sample(Some.TwoLevelPage(s_wide, 3, 4))], hidden).Abi);
    }

    [Fact]
    public void WhatCouldNotBeReadIsNamed()
    {
        var sample = Some.Sample(Some.TwoLevelPage(s_wide, 1));

        AssertUnknown("ports could not be read", AbiDeduction.Deduce(s_wide, [sample], ports: null));
        AssertUnknown("page could not be read", AbiDeduction.Deduce(s_wide, [], Some.LinuxPorts()));
        AssertUnknown("layout", AbiDeduction.Deduce(null, [sample], Some.LinuxPorts()));
        AssertUnknown("no port is bound", AbiDeduction.Deduce(s_wide, [sample], new PortTable(64, [])));
    }

    [Fact]
    public void NoPageBreaksIt() => Always.Holds(Arbitrary.Page, page =>
    {
        foreach (var layout in SharedInfoLayout.All)
            Assert.NotEmpty(AbiDeduction.Deduce(layout, [Some.Sample(page), Some.Sample(page[..], 1)], Some.LinuxPorts()).Evidence);
    });

    public static TheoryData<string> FifoGuests =>
        new(GoldenGuest.All.Where(guest => guest.Abi == EventAbi.Fifo).Select(guest => guest.Name));

    private static PortTable FirmwarePorts() => new(64,
    [
        new EventChannelStatus(1, ChannelState.Interdomain, 0, 0, 35), new EventChannelStatus(2, ChannelState.Interdomain, 0, 0, 36),
        new EventChannelStatus(3, State: null), new EventChannelStatus(4, State: null),
    ]);

    private static EventAbi Deduce(ReadOnlyMemory<byte> page, PortTable ports) =>
        AbiDeduction.Deduce(s_wide, [GoldenGuest.Sample(page)], ports).Abi;

    private static void AssertUnknown(string why, AbiDeduction deduced)
    {
        Assert.Equal(EventAbi.Unknown, deduced.Abi);
        Assert.Contains(why, deduced.Evidence, StringComparison.Ordinal);
    }
}
