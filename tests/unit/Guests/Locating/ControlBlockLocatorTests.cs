using System.Buffers.Binary;
using XenShared.Files;
using XenShared.Guests.Locating;
using XenShared.Tests.Support;

namespace XenShared.Tests.Guests.Locating;

/// <summary>Tests how control blocks of FIFO events are located in guest memory, and when one is proved.</summary>
public sealed class ControlBlockLocatorTests : IDisposable
{
    private const ulong BlockPfn = 0x300;
    private const int Priority = 7;

    private readonly SyntheticGuest _guest = SyntheticGuest.PvWithList();
    private readonly FakeMemory _memory;

    public ControlBlockLocatorTests()
    {
        _memory = new FakeMemory(_guest);
        _guest.Page(BlockPfn).AsSpan().Clear();
    }

    public void Dispose() => _memory.Dispose();

    public static TheoryData<string> Shapes => ["list", "tree", "pvh"];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ABlockThatMovesIsProved(string shape)
    {
        var guest = SyntheticGuest.Create(shape);
        guest.Page(BlockPfn).AsSpan().Clear();
        SetHead(guest, BlockPfn, 1, ready: false);
        var memory = new FakeMemory(guest);
        memory.OnVisit = visit => SetHead(guest, BlockPfn, visit / 2 % 2 == 0 ? 1u : 2, ready: false);

        var found = Inspected.Inspect(memory, Options);

        var block = Assert.Single(found.ControlBlocks);
        Assert.Equal((0, BlockPfn, guest.Frame(BlockPfn)), (block.Vcpu, block.Pfn, block.Frame));
        Assert.True(block.IsProved, block.Evidence);
        Assert.Contains("it changed", block.Evidence, StringComparison.Ordinal);
        Assert.Null(found.ControlBlockError);
    }

    // The word of port 3 is pending and linked.
    [Fact]
    public void AStillBlockOfAReadyQueueIsProvedByItsEvent()
    {
        SetHead(_guest, BlockPfn, 3, ready: true);

        var block = Assert.Single(Inspected.Inspect(_memory, Options).ControlBlocks);

        Assert.True(block.IsProved, block.Evidence);
        Assert.Contains("begins with an event that is in a queue", block.Evidence, StringComparison.Ordinal);
        Assert.Equal((1u << Priority, 3u), (block.Content.Ready, block.Content.Heads[Priority]));
    }

    [Theory]
    [InlineData(3u, false)]
    [InlineData(1u, true)]
    public void AStillBlockIsACandidate(uint head, bool ready)
    {
        SetHead(_guest, BlockPfn, head, ready);

        var block = Assert.Single(Inspected.Inspect(_memory, Options).ControlBlocks);

        Assert.False(block.IsProved);
        Assert.Contains("a program in the guest can have such a page too", block.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public void OfTwoPagesForAVcpuNeitherIsUsed()
    {
        SetHead(_guest, BlockPfn, 3, ready: true);
        _guest.Page(BlockPfn + 4).AsSpan().Clear();
        SetHead(_guest, BlockPfn + 4, 1, ready: false);

        var found = Inspected.Inspect(_memory, Options);

        Assert.Empty(found.ControlBlocks);
        Messages.AssertSentence(found.ControlBlockError!.Message, 5);
        Assert.Contains("vCPU 0", found.ControlBlockError.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutABlockTheReasonIsSaid()
    {
        var found = Inspected.Inspect(_memory, Options);

        Assert.NotNull(found.EventArray);
        Assert.Empty(found.ControlBlocks);
        Assert.NotNull(found.ControlBlockError);
    }

    [Fact]
    public void ACandidateIsProvedWhenItHasChanged()
    {
        var options = Options;
        SetHead(_guest, BlockPfn, 1, ready: false);
        Assert.False(Assert.Single(Inspected.Inspect(_memory, options).ControlBlocks).IsProved);
        var shown = _memory.FramesShown;

        SetHead(_guest, BlockPfn, 2, ready: false);
        var block = Assert.Single(Inspected.Inspect(_memory, options).ControlBlocks);

        Assert.True(block.IsProved, block.Evidence);
        Assert.InRange(_memory.FramesShown, shown + 1, shown + 8);
    }

    [Fact]
    public void AKnownPlaceThatNoLongerMatchesIsNotUsed()
    {
        var options = Options;
        SetHead(_guest, BlockPfn, 3, ready: true);
        Assert.Single(Inspected.Inspect(_memory, options).ControlBlocks);

        _guest.Page(BlockPfn)[100] = 1;

        Assert.Empty(Inspected.Inspect(_memory, options).ControlBlocks);
    }

    [Fact]
    public void ATwoLevelGuestHasNone()
    {
        for (uint port = 0; port < 4096; port++) Some.Set(_guest.SharedPage, 2560, port);
        Some.Clear(_guest.SharedPage, 2560, 1);
        SetHead(_guest, BlockPfn, 3, ready: true);

        var found = Inspected.Inspect(_memory, Options);

        Assert.Equal(EventAbi.TwoLevel, found.Abi.Abi);
        Assert.Empty(found.ControlBlocks);
        Assert.Equal((null, 0), (found.ControlBlockError, _memory.Visits));
    }

    [Fact]
    public void WithoutARequestNoneIsLocated()
    {
        SetHead(_guest, BlockPfn, 3, ready: true);

        var found = Inspected.Inspect(_memory, Inspected.ForArrays);

        Assert.Empty(found.ControlBlocks);
        Assert.Null(found.ControlBlockError);
    }

    [Fact]
    public void AGuestFullOfPagesThatMatchIsNotBelieved()
    {
        for (ulong pfn = 0; pfn < SyntheticGuest.PageCount; pfn++)
        {
            if (pfn == SyntheticGuest.ArrayPfn || pfn == SyntheticGuest.RecordPfn) continue;
            _guest.Page(pfn).AsSpan().Clear();
            SetHead(_guest, pfn, 3, ready: true);
        }

        var found = Inspected.Inspect(_memory, Options);

        Assert.NotNull(found.EventArray);
        Assert.Empty(found.ControlBlocks);
        Assert.NotNull(found.ControlBlockError);
    }

    private static LocatorOptions Options =>
        new() { EventArrays = true, ControlBlocks = true, Remembered = new GuestLocationCache(null) };

    private static void SetHead(SyntheticGuest guest, ulong pfn, uint head, bool ready)
    {
        var page = guest.Page(pfn);
        BinaryPrimitives.WriteUInt32LittleEndian(page, ready ? 1u << Priority : 0);
        BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(8 + 4 * Priority), head);
    }
}
