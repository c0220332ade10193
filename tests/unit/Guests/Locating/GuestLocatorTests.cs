using XenShared.Files;
using XenShared.Guests;
using XenShared.Guests.Deduction;
using XenShared.Guests.Locating;
using XenShared.Guests.Memory;
using XenShared.Hypervisor;
using XenShared.Tests.Support;

namespace XenShared.Tests.Guests.Locating;

/// <summary>Tests when guest memory is searched, when it is not, and how a search ends.</summary>
public sealed class GuestLocatorTests
{
    private readonly SyntheticGuest _guest = SyntheticGuest.PvWithList();

    [Fact]
    public void MemoryIsSearchedOnce()
    {
        var memory = new FakeMemory(_guest);
        var options = Inspected.ForArrays;

        Assert.NotNull(Inspected.Inspect(memory, options).EventArray);
        var shown = memory.FramesShown;
        Assert.InRange(shown, 1500, 1520);
        var again = Inspected.Inspect(memory, options).EventArray!;

        // The array's page alone.
        Assert.Equal(shown + 1, memory.FramesShown);
        Assert.Contains("found before", again.Evidence, StringComparison.Ordinal);
        Assert.Equal(_guest.Page(SyntheticGuest.ArrayPfn), Assert.Single(again.Pages).Bytes);
    }

    [Fact]
    public void OneSearchServesArraysAndRecords()
    {
        var memory = new FakeMemory(_guest);

        var found = Inspected.Inspect(memory, Inspected.ForRecords with { EventArrays = true });

        Assert.NotNull(found.EventArray);
        Assert.Single(found.VcpuRecords);
        Assert.InRange(memory.FramesShown, 1500, 1520);
    }

    [Fact]
    public void ATwoLevelGuestIsNotSearched()
    {
        for (uint port = 0; port < 4096; port++) Some.Set(_guest.SharedPage, 2560, port);
        Some.Clear(_guest.SharedPage, 2560, 1);
        var memory = new FakeMemory(_guest);

        var found = Inspected.Inspect(memory, Inspected.ForArrays);

        Assert.Equal(EventAbi.TwoLevel, found.Abi.Abi);
        Assert.Equal((null, null, 0), (found.EventArray, found.EventArrayError, memory.Visits));
    }

    [Fact]
    public void AGuestWithoutAKernelIsNotSearched()
    {
        _guest.SharedPage.AsSpan(2560, 512).Fill(0xff);
        _guest.Domain.Ports = new PortTable(64, [.. Some.LinuxPorts().Bound.Take(2)]);
        var memory = new FakeMemory(_guest);

        var found = Inspected.Inspect(memory, Inspected.ForArrays);

        Assert.Equal((EventAbi.Unknown, null, null, 0), (found.Abi.Abi, found.EventArray, found.EventArrayError, memory.Visits));
    }

    [Fact]
    public void ALocatedArrayShowsTheAbiOfARestoredGuest()
    {
        _guest.SharedPage.AsSpan(2560, 512).Fill(0xff);

        var found = Inspected.Inspect(new FakeMemory(_guest), Inspected.ForArrays);

        Assert.Equal(EventAbi.Fifo, found.Abi.Abi);
        Assert.Contains("array was found", found.Abi.Evidence, StringComparison.Ordinal);
        Assert.NotNull(found.EventArray);
    }

    [Fact]
    public void OfARestoredGuestWithoutAnArrayTheAbiStaysUnknown()
    {
        _guest.SharedPage.AsSpan(2560, 512).Fill(0xff);
        _guest.Page(SyntheticGuest.ArrayPfn).AsSpan().Clear();

        var found = Inspected.Inspect(new FakeMemory(_guest), Inspected.ForArrays);

        Assert.Equal((EventAbi.Unknown, XenErrorId.EventStateUnknown), (found.Abi.Abi, found.EventArrayError?.Id));
    }

    [Theory]
    [InlineData(7ul, 0ul)]
    [InlineData(0ul, 7ul)]
    [InlineData(null, 0ul)]
    public void MemoryThatALookWouldChangeIsNotSearched(ulong? onDemand, ulong pagedOut)
    {
        _guest.Hazards = new MemoryHazards(onDemand, pagedOut);
        var memory = new FakeMemory(_guest);

        var refused = Inspected.Inspect(memory, Inspected.ForArrays with { VcpuRecords = true });

        Assert.All([refused.EventArrayError, refused.VcpuRecordError], error =>
        {
            Assert.Equal((XenErrorId.ScanRefused, (ushort?)5), (error!.Id, error.DomId));
            Messages.AssertSentence(error.Message, 5);
            var pages = onDemand is { } known ? $"{known}" : "an unknown number of";
            Assert.Contains(
                $" {pages} pages to be populated on demand and {pagedOut} paged out",
                error.Message,
                StringComparison.Ordinal);
        });
        Assert.Null(refused.EventArray);
        Assert.Equal(0, memory.Visits);
        Assert.NotNull(Inspected.Inspect(memory, Inspected.ForArrays with { Force = true }).EventArray);
    }

    [Fact]
    public void TheDomainThisRunsInIsNotSearched()
    {
        var memory = new FakeMemory(_guest) { OwnDomId = 5 };

        var found = Inspected.Inspect(memory, Inspected.ForArrays with { VcpuRecords = true, Force = true });

        Assert.All([found.EventArrayError, found.VcpuRecordError], error =>
        {
            Assert.Equal(XenErrorId.EventStateUnknown, error!.Id);
            Messages.AssertSentence(error.Message, 5);
            Assert.Contains("is the one in which this program runs", error.Message, StringComparison.Ordinal);
        });
        Assert.Equal((null, 0, 0), (found.EventArray, found.VcpuRecords.Count, memory.Visits));
    }

    [Fact]
    public void ADomainThatVanishesMeanwhileIsAnErrorOfItsOwn()
    {
        var memory = new FakeMemory(_guest) { OnVisit = visits => _ = visits == 9 ? throw Some.Error(XenErrorId.DomainVanished) : 0 };

        var found = Inspected.Inspect(memory, Inspected.ForArrays with { VcpuRecords = true });

        Assert.Equal((XenErrorId.DomainVanished, XenErrorId.DomainVanished), (found.EventArrayError?.Id, found.VcpuRecordError?.Id));
        Assert.Null(found.EventArray);
        Assert.Equal(10, memory.Visits);
    }

    [Fact]
    public void AHostThatDiesEndsIt()
    {
        var memory = new FakeMemory(_guest) { OnVisit = _ => throw Some.Error(XenErrorId.XenNotAvailable) };

        Assert.Equal(XenErrorId.XenNotAvailable, Assert.Throws<XenException>(() => Inspected.Inspect(memory, Inspected.ForArrays)).Id);
        Assert.Equal(XenErrorId.XenNotAvailable, Assert.Throws<XenException>(() => Inspected.Inspect(memory, Inspected.ForRecords)).Id);
    }

    [Fact]
    public void CancellationEndsABatch()
    {
        var guest = SyntheticGuest.Pvh();
        using var cancellation = new CancellationTokenSource();
        var memory = new FakeMemory(guest) { OnVisit = visits => { if (visits == 1) cancellation.Cancel(); } };

        Assert.Throws<OperationCanceledException>(() => Inspected.Inspect(memory, Inspected.ForArrays, cancellation.Token));

        Assert.Equal(2, memory.Visits);
    }

    [Fact]
    public void CancellationEndsTheWatchOfRecords()
    {
        using var cancellation = new CancellationTokenSource();
        _guest.Runs = _ => [];
        var memory = new FakeMemory(_guest) { OnVisit = visits => { if (visits == 12) cancellation.Cancel(); } };

        Assert.Throws<OperationCanceledException>(() => Inspected.Inspect(memory, Inspected.ForRecords, cancellation.Token));

        Assert.Equal(13, memory.Visits);
    }

    [Fact]
    public void ProgressIsReported()
    {
        var reports = new List<ScanProgress>();
        var memory = new FakeMemory(SyntheticGuest.Pvh()) { OnVisit = _ => Thread.Sleep(120) };

        Inspected.Inspect(memory, Inspected.ForArrays with { Progress = reports.Add });

        Assert.NotEmpty(reports);
        Assert.All(reports, progress => Assert.Equal((5, "synthetic", 0x2802ul), (progress.DomId, progress.Name, progress.Total)));
        Assert.Equal(reports.Select(progress => progress.Done).Order(), reports.Select(progress => progress.Done));
        Assert.InRange(reports[0].Done, 1024ul, 2048ul);
        Assert.InRange(reports[0].Elapsed.TotalMilliseconds, 200, 60_000);
    }

    [Fact]
    public void WhatWasSearchedInVainIsNotSearchedAgainAtOnce()
    {
        _guest.SetWord(SyntheticGuest.ArrayPfn, 9, 0);
        var memory = new FakeMemory(_guest);
        var options = Inspected.ForArrays;
        Inspected.Inspect(memory, options);
        var shown = memory.FramesShown;
        // A search would find it now.
        _guest.SetWord(SyntheticGuest.ArrayPfn, 9, 0x4000_0000);

        var error = Inspected.Inspect(memory, options).EventArrayError!;

        Assert.Equal((XenErrorId.EventStateUnknown, shown), (error.Id, memory.FramesShown));
        Messages.AssertSentence(error.Message, 5);
        Assert.Contains("s ago", error.Message, StringComparison.Ordinal);
        Assert.NotNull(Inspected.Inspect(memory, options with { SearchAgain = true }).EventArray);
        Assert.NotNull(Inspected.Inspect(memory, options).EventArray);
    }

    [Theory]
    [InlineData(4.5, false)]
    [InlineData(5.5, true)]
    // The clock was set back.
    [InlineData(-60, true)]
    public void AfterFiveMinutesItIsSearchedAgain(double minutes, bool isSearched)
    {
        var folder = new GuestLocationCache(null);
        var options = Inspected.ForArrays with { Remembered = folder };
        var memory = new FakeMemory(_guest);
        Inspected.Inspect(memory, options);
        var known = folder.Find(5, _guest.Domain.Reading.Uuid, _guest.StartTime)!;
        folder.Remember(known with { EventPages = null, SearchedAt = DateTimeOffset.UtcNow.AddMinutes(-minutes) });

        Assert.Equal(isSearched, Inspected.Inspect(memory, options).EventArray is not null);
    }

    [Fact]
    public void AMemoryThatCannotBeReadIsNotOneThatWasSearchedInVain()
    {
        var arch = _guest.Arch;
        var memory = new FakeMemory(_guest);
        var options = Inspected.ForArrays;
        _guest.Arch = default;

        var error = Inspected.Inspect(memory, options).EventArrayError!;
        _guest.Arch = arch;

        Assert.Contains("does not contain the address of its P2M table", error.Message, StringComparison.Ordinal);
        Messages.AssertSentence(error.Message, 5);
        Assert.NotNull(Inspected.Inspect(memory, options).EventArray);
    }

    [Fact]
    public void WithoutItsPageOrOn32BitsAGuestIsNotSearched()
    {
        var memory = new FakeMemory(_guest);
        var inspector = new GuestInspector(memory) { Locate = Inspected.ForArrays };
        var known = Assert.Single(inspector.Inspect(memory.ReadDomains(), TimeSpan.Zero, default));
        var narrow = known with { Layout = new LayoutDeduction(XenShared.Layout.SharedInfoLayout.X86_32, "requested") };
        var blind = known with { Samples = [] };

        Assert.All([narrow, blind], guest =>
        {
            var (array, error) = new GuestLocator(memory, Inspected.ForArrays).ReadEventArray(guest, default);
            Assert.Null(array);
            Assert.Equal(XenErrorId.EventStateUnknown, error!.Id);
            Messages.AssertSentence(error.Message, 5);
        });
    }

    [Fact]
    public void ATargetWithoutMemoryIsAnError()
    {
        var target = new FakeTarget(Some.FifoGuest(5));

        var found = Assert.Single(
            new GuestInspector(target) { Locate = Inspected.ForArrays with { VcpuRecords = true } }.Inspect(
                target.ReadDomains(),
                TimeSpan.Zero,
                default));

        Assert.All([found.EventArrayError, found.VcpuRecordError], error =>
        {
            Assert.Equal(XenErrorId.EventStateUnknown, error!.Id);
            Messages.AssertSentence(error.Message, 5);
        });
    }
}
