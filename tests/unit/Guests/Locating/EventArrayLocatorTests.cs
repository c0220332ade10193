using XenShared.Hypervisor;
using XenShared.Tests.Support;

namespace XenShared.Tests.Guests.Locating;

/// <summary>Checks that event arrays are located in guest memory, and that imitations are not.</summary>
public sealed class EventArrayLocatorTests
{
    private const ulong SecondPfn = 0x30;

    [Theory]
    [InlineData("list", 1500)]
    [InlineData("tree", 1500)]
    [InlineData("pvh", 1502)]
    public void TheArrayIsFound(string shape, int frames)
    {
        var guest = SyntheticGuest.Create(shape);
        var memory = new FakeMemory(guest);
        var before = DateTimeOffset.UtcNow;

        var found = Inspected.Inspect(memory, Inspected.ForArrays);

        Assert.Null(found.EventArrayError);
        var page = Assert.Single(found.EventArray!.Pages);
        Assert.Equal((0, SyntheticGuest.ArrayPfn, guest.Frame(SyntheticGuest.ArrayPfn)), (page.Index, page.Pfn, page.Frame));
        Assert.Equal(guest.Page(SyntheticGuest.ArrayPfn), page.Bytes);
        Assert.Contains($"the only page of {frames} ", found.EventArray.Evidence, StringComparison.Ordinal);
        Assert.InRange(found.EventArray.TakenAt!.Value, before, DateTimeOffset.UtcNow);
        Assert.Equal(EventAbi.Fifo, found.Abi.Abi);
        Assert.InRange(memory.LargestBatch, 400, 512);
    }

    [Fact]
    public void ThePageIsACopy()
    {
        var guest = SyntheticGuest.PvWithList();
        var found = Inspected.Inspect(new FakeMemory(guest), Inspected.ForArrays).EventArray!.Pages[0].Bytes.ToArray();

        guest.SetWord(SyntheticGuest.ArrayPfn, 1, 0x8000_0000);

        Assert.Equal(0, found[7]);
    }

    [Theory]
    [InlineData(0ul)]
    [InlineData(1499ul)]
    public void AnImitationMakesBothUnknown(ulong pfn)
    {
        var guest = SyntheticGuest.PvWithList();
        guest.Page(SyntheticGuest.ArrayPfn).CopyTo(guest.Page(pfn), 0);
        guest.SetWord(pfn, 1, 0x8000_0000);

        AssertNotLocated(guest, "2 pages that could be");
    }

    [Fact]
    public void WithoutAPageThatFitsNothingIsKnown()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.SetWord(SyntheticGuest.ArrayPfn, 9, 0);

        AssertNotLocated(guest, "None of the 1500 pages ");
    }

    [Theory]
    [InlineData(3000)]
    [InlineData(100_000)]
    public void ManyImitationsGiveNoResultInBoundedTime(int imitations)
    {
        var guest = SyntheticGuest.Pvh();
        var page = guest.Page(SyntheticGuest.ArrayPfn).ToArray();
        for (var at = 0; at < imitations; at++) guest.Frames[0x1_0000 + (ulong)at] = page;
        guest.HighestFrame = 0x1_0000 + (ulong)imitations;

        var memory = AssertNotLocated(guest, "domain 5");

        // One pass through memory, or up to the limit of results, and three reads of each result.
        Assert.InRange(memory.FramesShown, imitations < 1024 ? imitations : 1024, 1502 + 4 * 4608);
    }

    [Fact]
    public void APortThatComesIntoUseMeanwhileIsAllowedFor()
    {
        var guest = SyntheticGuest.PvWithList();
        // The last word of the page is one of those that are checked first.
        var memory = new FakeMemory(guest)
        {
            OnVisit = visits =>
            {
                if (visits != 2) return;
                guest.SetWord(SyntheticGuest.ArrayPfn, 1023, 0);
                guest.Domain.Ports = new PortTable(
                    1024,
                    [.. guest.Domain.Ports!.Bound, new EventChannelStatus(1023, ChannelState.Interdomain)]);
            },
        };

        Assert.NotNull(Inspected.Inspect(memory, Inspected.ForArrays).EventArray);
    }

    [Fact]
    public void APortThatGoesOutOfUseBetweenTwoQuestionsMayBeInAnyState()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.SetWord(SyntheticGuest.ArrayPfn, 9, 0x8000_0000);
        var nine = new EventChannelStatus(9, ChannelState.Interdomain);
        guest.Domain.Ports = new PortTable(64, [.. Some.LinuxPorts().Bound, nine]);
        var memory = new FakeMemory(guest);
        // The eight tables and three batches are read first, and then the result.
        memory.OnVisit = visits => guest.Domain.Ports = visits >= 11 ? Some.LinuxPorts() : guest.Domain.Ports;

        Assert.NotNull(Inspected.Inspect(memory, Inspected.ForArrays).EventArray);
        Assert.Equal(8, guest.Domain.Ports!.Bound.Count);
    }

    [Fact]
    public void APageThatGoesAwayMeanwhileIsNotLocated()
    {
        var guest = SyntheticGuest.PvWithList();
        var memory = new FakeMemory(guest);
        memory.OnVisit = visits => _ = visits == 11 && guest.Frames.Remove(guest.Frame(SyntheticGuest.ArrayPfn));

        var found = Inspected.Inspect(memory, Inspected.ForArrays);

        Assert.Null(found.EventArray);
        Assert.Equal(XenErrorId.EventStateUnknown, found.EventArrayError?.Id);
    }

    [Fact]
    public void EachPageOfALargeArrayGetsItsPlace()
    {
        var guest = LargeGuest();

        var array = Inspected.Inspect(new FakeMemory(guest), Inspected.ForArrays).EventArray!;

        // The second lies below the first in memory.
        Assert.Equal([(0, SyntheticGuest.ArrayPfn), (1, SecondPfn)], array.Pages.Select(page => (page.Index, page.Pfn)));
        Assert.Equal(guest.Page(SecondPfn), array.Pages[1].Bytes);
        Assert.Contains("the only 2 pages", array.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void AFirstPageWithoutAClosedPortButZeroIsFound()
    {
        var guest = LargeGuest();
        guest.Domain.Ports = new PortTable(
            2048,
            [
                .. Enumerable
                    .Range(1, 1023)
                    .Select(port => new EventChannelStatus((uint)port, port == 3 ? ChannelState.VirtualIrq : ChannelState.Interdomain)),
                new EventChannelStatus(1034, ChannelState.Ipi),
                new EventChannelStatus(1035, ChannelState.Interdomain),
            ]);
        guest.Page(SyntheticGuest.ArrayPfn).AsSpan(4).Clear();

        Assert.Equal(
            [SyntheticGuest.ArrayPfn, SecondPfn],
            Inspected.Inspect(new FakeMemory(guest), Inspected.ForArrays).EventArray!.Pages.Select(page => page.Pfn));
    }

    [Fact]
    public void ASecondPageInWhichEveryPortIsInUseIsNotGuessed()
    {
        var guest = LargeGuest();
        guest.Domain.Ports = new PortTable(
            2048,
            [
                .. Some.LinuxPorts().Bound,
                .. Enumerable.Range(1024, 1024).Select(port => new EventChannelStatus((uint)port, ChannelState.Interdomain)),
            ]);
        // All ports are idle, and there is one other page whose words could be event words.
        for (ulong pfn = 0; pfn < SyntheticGuest.PageCount; pfn++) if (pfn != SyntheticGuest.ArrayPfn) guest.Page(pfn).AsSpan().Clear();
        guest.SetWord(0x44, 700, 0xa000_0000);

        Assert.Equal(
            [SyntheticGuest.ArrayPfn],
            Inspected.Inspect(new FakeMemory(guest), Inspected.ForArrays).EventArray!.Pages.Select(page => page.Pfn));
    }

    [Fact]
    public void WithoutTheSecondPageTheFirstIsFoundAllTheSame()
    {
        var guest = LargeGuest();
        guest.Page(SecondPfn).AsSpan().Clear();

        Assert.Equal(
            [(0, SyntheticGuest.ArrayPfn)],
            Inspected.Inspect(new FakeMemory(guest), Inspected.ForArrays).EventArray!.Pages.Select(page => (page.Index, page.Pfn)));
    }

    [Fact]
    public void WithoutTheFirstPageTheSecondIsAGuess()
    {
        var guest = LargeGuest();
        guest.Page(SyntheticGuest.ArrayPfn).AsSpan().Clear();

        AssertNotLocated(guest, "None of the 1500 pages ");
    }

    [Fact]
    public void AnImitationOfTheSecondPageLeavesTheFirst()
    {
        var guest = LargeGuest();
        guest.Page(SecondPfn).CopyTo(guest.Page(0x31), 0);

        Assert.Equal(
            [(0, SyntheticGuest.ArrayPfn)],
            Inspected.Inspect(new FakeMemory(guest), Inspected.ForArrays).EventArray!.Pages.Select(page => (page.Index, page.Pfn)));
    }

    [Fact]
    public void PagesThatFitBothPlacesAreNotTaken()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.Domain.Ports = new PortTable(
            2048,
            [new EventChannelStatus(5, ChannelState.VirtualIrq), new EventChannelStatus(1029, ChannelState.Ipi)]);
        foreach (var pfn in (ulong[])[SyntheticGuest.ArrayPfn, SecondPfn])
            SyntheticGuest.WriteArray(guest.Page(pfn), 0, 0x4000_0000, 0x4000_0000, 0x4000_0000, 0x4000_0000, 0);

        AssertNotLocated(guest, "2 pages that could be");
    }

    private static FakeMemory AssertNotLocated(SyntheticGuest guest, string why)
    {
        var memory = new FakeMemory(guest);

        var found = Inspected.Inspect(memory, Inspected.ForArrays);

        Assert.Null(found.EventArray);
        Assert.Equal((XenErrorId.EventStateUnknown, (ushort?)5), (found.EventArrayError!.Id, found.EventArrayError.DomId));
        Messages.AssertSentence(found.EventArrayError.Message, 5);
        Assert.Contains(why, found.EventArrayError.Message, StringComparison.Ordinal);
        Assert.Equal(EventAbi.Fifo, found.Abi.Abi);
        return memory;
    }

    // Ports 1034 (the guest's own) and 1035 beside the usual ones.
    private static SyntheticGuest LargeGuest()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.Domain.Ports = new PortTable(
            2048,
            [
                .. Some.LinuxPorts().Bound,
                new EventChannelStatus(1034, ChannelState.Ipi),
                new EventChannelStatus(1035, ChannelState.Interdomain),
            ]);
        SyntheticGuest.WriteArray(guest.Page(SecondPfn));
        guest.SetWord(SecondPfn, 10, 0);
        guest.SetWord(SecondPfn, 11, 0xa000_0000);
        return guest;
    }
}
