using XenShared.Guests.Locating;
using XenShared.Guests.Memory;
using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Guests.Memory;

/// <summary>Tests the P2M tables of PV guests in both forms.</summary>
public sealed class P2mTableTests
{
    private const ulong Invalid = ulong.MaxValue;
    private const ulong Foreign = 1UL << 63;
    private const ulong Identity = 1UL << 62;

    [Theory]
    [InlineData("list")]
    [InlineData("tree")]
    public void EveryFrameIsListedOnceInItsOrder(string shape)
    {
        var guest = SyntheticGuest.Create(shape);

        var batches = Read(guest);

        Assert.Equal([512, 512, 476], batches.Select(batch => batch.Pfns.Length));
        Assert.Equal([512, 1024, 1500], batches.Select(batch => (int)batch.Position));
        var pfns = batches.SelectMany(batch => batch.Pfns).ToArray();
        Assert.Equal(Enumerable.Range(0, 1500).Select(pfn => (ulong)pfn), pfns);
        Assert.Equal(pfns.Select(guest.Frame), batches.SelectMany(batch => batch.Frames));
    }

    [Theory]
    [InlineData("list")]
    [InlineData("tree")]
    public void WhatIsNotTheGuestsOwnIsLeftOut(string shape)
    {
        var guest = SyntheticGuest.Create(shape);
        var leaf = Leaf(guest, 0);
        leaf[1] = Invalid;
        leaf[2] = Foreign | 0x1234;
        leaf[3] = Identity | 3;
        // Behind the end that the guest specifies.
        Leaf(guest, 2)[476] = 0x7_7777;

        var pfns = Read(guest).SelectMany(batch => batch.Pfns).ToArray();

        Assert.Equal(Enumerable.Range(0, 1500).Where(pfn => pfn is < 1 or > 3).Select(pfn => (ulong)pfn), pfns);
    }

    [Fact]
    public void EntriesHaveTheirKind()
    {
        var guest = SyntheticGuest.PvWithList();
        var leaf = Leaf(guest, 0);
        leaf[1] = Invalid;
        leaf[2] = Foreign | 0x1234;
        leaf[3] = Identity | 3;
        var table = Open(guest)!;

        Assert.Equal(new XenP2mEntry { DomId = 5, Pfn = 0, Mfn = guest.Frame(0), State = P2mState.Mapped }, table.ReadEntry(0));
        Assert.Equal(new XenP2mEntry { DomId = 5, Pfn = 1, State = P2mState.Missing }, table.ReadEntry(1));
        Assert.Equal(new XenP2mEntry { DomId = 5, Pfn = 2, Mfn = 0x1234, State = P2mState.Foreign }, table.ReadEntry(2));
        Assert.Equal(new XenP2mEntry { DomId = 5, Pfn = 3, Mfn = 3, State = P2mState.Identity }, table.ReadEntry(3));
        Assert.Equal(guest.Frame(1499), table.ReadEntry(1499).Mfn);
        foreach (var beyond in (ulong[])[1500, 1UL << 40, ulong.MaxValue])
            Assert.Equal(new XenP2mEntry { DomId = 5, Pfn = beyond, State = P2mState.Missing }, table.ReadEntry(beyond));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(3)]
    [InlineData(2)]
    [InlineData(1)]
    public void AnEntryThatIsNotPresentIsAHole(int level) =>
        AssertMissing(guest => EntryOf(guest, level) &= ~1UL, firstLeafOnly: level <= 2);

    [Theory]
    [InlineData(4)]
    [InlineData(3)]
    [InlineData(2)]
    public void ALargePageIsNotFollowed(int level) => AssertMissing(guest => EntryOf(guest, level) |= 0x80, firstLeafOnly: level == 2);

    [Fact]
    public void OnTheLowestLevelTheSameBitMeansSomethingElse()
    {
        var guest = SyntheticGuest.PvWithList();
        EntryOf(guest, 1) |= 0x80;

        Assert.Equal(1500, Read(guest).Sum(batch => batch.Pfns.Length));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(4)]
    [InlineData(3)]
    [InlineData(2)]
    public void ATableThatCannotBeMappedIsAHole(int level) =>
        AssertMissing(guest => guest.Frames.Remove(TableOf(guest, level - 1)), firstLeafOnly: level <= 2);

    [Theory]
    [InlineData(0ul)]
    [InlineData(Invalid)]
    [InlineData(0xdead_beeful)]
    public void ATreeWithoutAMiddleOrALeafHasHoles(ulong entry)
    {
        var noLeaf = SyntheticGuest.PvWithTree();
        noLeaf.Table(noLeaf.Table(noLeaf.Arch.PfnToMfnFrameListList)[0])[1] = entry;
        Assert.Equal([512, 0, 476], Read(noLeaf).Select(batch => batch.Pfns.Length));

        var noMiddle = SyntheticGuest.PvWithTree();
        noMiddle.Table(noMiddle.Arch.PfnToMfnFrameListList)[0] = entry;
        Assert.Equal([0, 0, 0], Read(noMiddle).Select(batch => batch.Pfns.Length));
    }

    [Theory]
    [InlineData("list")]
    [InlineData("tree")]
    public void TheTableOfAGuestWithAnEndlessSizeEnds(string shape)
    {
        var guest = SyntheticGuest.Create(shape);
        guest.Arch = guest.Arch with { MaxPfn = ulong.MaxValue };
        var table = Open(guest)!;

        Assert.Equal(1UL << 30, table.Count);
        ulong listed = 0;
        Watchdog.Ends(() =>
        {
            foreach (var batch in table.Read()) listed += (ulong)batch.Pfns.Length;
        });
        Assert.Equal(1500ul, listed);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("tree")]
    public void ARootThatCannotBeMappedIsTriedOnce(string shape)
    {
        var guest = SyntheticGuest.Create(shape);
        guest.Arch = guest.Arch with { MaxPfn = ulong.MaxValue };
        guest.Frames.Clear();
        var memory = new FakeMemory(guest);

        foreach (var batch in P2mTable.Open(memory, guest.DomId, SyntheticGuest.PageCount, guest.Arch)!.Read())
            Assert.Equal(0, batch.Pfns.Length);

        Assert.Equal(1, memory.Visits);
    }

    [Fact]
    public void ATableThatListsMoreThanThereIsIsRefused()
    {
        var guest = SyntheticGuest.PvWithTree();
        var middle = guest.Table(guest.Table(guest.Arch.PfnToMfnFrameListList)[0]);
        // The same leaf again and again.
        for (var at = 1; at < middle.Length; at++) middle[at] = middle[0];
        guest.Arch = guest.Arch with { MaxPfn = 512 * 512 };
        var memory = new FakeMemory(guest);
        var listed = 0;

        var error = Assert.Throws<XenException>(() =>
        {
            foreach (var batch in P2mTable.Open(memory, 5, 1500, guest.Arch)!.Read()) listed += batch.Pfns.Length;
        });

        Assert.Equal((XenErrorId.NotSupportedByHost, (ushort?)5), (error.Id, error.DomId));
        Messages.AssertSentence(error.Message, 5);
        Assert.InRange(listed, 1500, 1500 + 512);
    }

    [Fact]
    public void AGuestThatGaveMemoryBackMayListAPageMore()
    {
        var guest = SyntheticGuest.PvWithList();

        Assert.Equal(3, Read(guest, ownPages: 1400).Count);
        Assert.Throws<XenException>(() => Read(guest, ownPages: 1500 - 513));
    }

    [Fact]
    public void WithoutAnyTableThereIsNoList()
    {
        var memory = new FakeMemory(SyntheticGuest.PvWithList());
        var list = new ArchInfoContent(1500, 0, 0, 0x5000, 0xffff_c900_0000_0000, 0);

        Assert.NotNull(P2mTable.Open(memory, 5, 1500, list));
        Assert.Null(P2mTable.Open(memory, 5, 1500, list with { MaxPfn = 0 }));
        Assert.Null(P2mTable.Open(memory, 5, 1500, list with { P2mCr3 = 0 }));
        Assert.Null(P2mTable.Open(memory, 5, 1500, list with { P2mVaddr = 0 }));
        Assert.Null(P2mTable.Open(memory, 5, 1500, list with { P2mCr3 = 0, PfnToMfnFrameListList = ulong.MaxValue }));
        Assert.NotNull(P2mTable.Open(memory, 5, 1500, list with { P2mCr3 = 0, PfnToMfnFrameListList = 0x77 }));
    }

    [Fact]
    public void NeighboursShareTheReadingOfTables()
    {
        var guest = SyntheticGuest.PvWithList();
        var memory = new FakeMemory(guest);

        foreach (var batch in P2mTable.Open(memory, 5, 1500, guest.Arch)!.Read()) Assert.NotEqual(0, batch.Pfns.Length);

        // Three of the upper levels, two of the lowest, three leaves.
        Assert.Equal(8, memory.Visits);
    }

    [Fact]
    public void AFrameUnderSeveralNumbersIsOnePlace()
    {
        var guest = SyntheticGuest.PvWithList();
        Leaf(guest, 0)[7] = guest.Frame(SyntheticGuest.ArrayPfn);
        Leaf(guest, 1)[8] = guest.Frame(SyntheticGuest.RecordPfn);
        var pattern = VcpuInfoPattern.FromSlots([RecordBytes.Time()]);

        var scan = GuestMemoryScanner.Run(
            new FakeMemory(guest),
            5,
            Open(guest)!,
            new EventArrayPattern(Some.LinuxPorts()),
            pattern,
            null,
            null,
            default);

        Assert.Equal([new GuestAddress(7, guest.Frame(SyntheticGuest.ArrayPfn))], scan.Pages);
        Assert.Equal(
            [new GuestAddress(SyntheticGuest.RecordPfn, guest.Frame(SyntheticGuest.RecordPfn), SyntheticGuest.RecordOffset)],
            scan.Records);
        Assert.Equal(1500ul, scan.Frames);
    }

    private static void AssertMissing(Action<SyntheticGuest> breakIt, bool firstLeafOnly)
    {
        var guest = SyntheticGuest.PvWithList();
        breakIt(guest);

        Assert.Equal(firstLeafOnly ? [0, 512, 476] : [0, 0, 0], Read(guest).Select(batch => batch.Pfns.Length));
        Assert.Equal(P2mState.Missing, Open(guest)!.ReadEntry(0).State);
    }

    private static P2mTable? Open(SyntheticGuest guest, ulong ownPages = SyntheticGuest.PageCount) =>
        P2mTable.Open(new FakeMemory(guest), guest.DomId, ownPages, guest.Arch);

    // Batches share their buffers, so each is copied as it comes.
    private static List<(ulong[] Pfns, ulong[] Frames, ulong Position)> Read(
        SyntheticGuest guest,
        ulong ownPages = SyntheticGuest.PageCount
    ) => [.. Open(guest, ownPages)!.Read().Select(batch => (batch.Pfns.ToArray(), batch.Frames.ToArray(), batch.Position))];

    // The frame of the table from which the first page of the list is reached: 4 is the root, 0 the list itself.
    private static ulong TableOf(SyntheticGuest guest, int level)
    {
        var frame = guest.Arch.P2mCr3 / 4096;
        for (var above = 4; above > level; above--) frame = (guest.Table(frame)[IndexOf(guest, above)] & 0x000f_ffff_ffff_f000) / 4096;
        return frame;
    }

    private static ref ulong EntryOf(SyntheticGuest guest, int level) => ref guest.Table(TableOf(guest, level))[IndexOf(guest, level)];

    private static int IndexOf(SyntheticGuest guest, int level) => (int)(guest.Arch.P2mVaddr >> (3 + 9 * level) & 511);

    private static Span<ulong> Leaf(SyntheticGuest guest, int index) =>
        guest.Arch.P2mCr3 == 0
            ? guest.Table(guest.Table(guest.Table(guest.Arch.PfnToMfnFrameListList)[0])[index])
            : guest.Table(
                guest
                    .Frames.Where(frame => frame.Key >= 0x9_0000 && BitConverter.ToUInt64(frame.Value) == guest.Frame((ulong)index * 512))
                    .Select(frame => frame.Key)
                    .First());
}
