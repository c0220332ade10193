using XenShared.Files;
using XenShared.Guests;
using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Guests.Locating;

/// <summary>Tests locating vCPU records in guest memory, assigning them to vCPUs, and reading them again at their places.</summary>
public sealed class VcpuInfoLocatorTests
{
    [Theory]
    [InlineData("list")]
    [InlineData("tree")]
    [InlineData("pvh")]
    public void TheRecordIsFound(string shape)
    {
        var guest = SyntheticGuest.Create(shape);
        // What the page has is known without a search, also where it is one of the guest's frames.
        guest.Page(0x10).AsSpan().Clear();
        guest.SharedPage.CopyTo(guest.Page(0x10), 0);
        guest.SharedFrame = guest.Frame(0x10);

        var found = Inspected.Inspect(new FakeMemory(guest), Inspected.ForRecords);

        Assert.Null(found.VcpuRecordError);
        var record = Assert.Single(found.VcpuRecords);
        Assert.Equal(
            (0, SyntheticGuest.RecordPfn, guest.Frame(SyntheticGuest.RecordPfn), SyntheticGuest.RecordOffset),
            (record.Vcpu, record.Pfn, record.Frame, record.Offset));
        Assert.Equal(guest.Record(0), record.Bytes.Span);
        Assert.False(record.IsUnstable);
    }

    [Fact]
    public void TwoAreDistinguishedByTheirRunTimes()
    {
        var guest = SyntheticGuest.PvWithList(vcpus: 2);
        // The records are in reverse order: the first place changes when vCPU 1 runs.
        guest.Runs = step =>
        {
            var ran = step / 2 % 2;
            var stands = guest.Record(ran).ToArray();
            guest.Run(ran);
            stands.CopyTo(guest.Record(ran));
            SyntheticGuest.Move(guest.Record(1 - ran));
            return [];
        };

        var records = Inspected.Inspect(new FakeMemory(guest), Inspected.ForRecords).VcpuRecords;

        Assert.Equal([(0, 0x240), (1, 0x200)], records.Select(record => (record.Vcpu, (int)record.Pfn)).Order());
        Assert.All(records, record => Assert.DoesNotContain("inferred", record.Evidence, StringComparison.Ordinal));
    }

    [Fact]
    public void OfTwoThatAlwaysRunTheOrderIsInferred()
    {
        var found = Inspected.Inspect(new FakeMemory(SyntheticGuest.PvWithList(vcpus: 2)), Inspected.ForRecords);

        Assert.Equal([(0, 0x200), (1, 0x240)], found.VcpuRecords.Select(record => (record.Vcpu, (int)record.Pfn)));
        Assert.All(found.VcpuRecords, record => Assert.Contains("inferred", record.Evidence, StringComparison.Ordinal));
        Assert.Null(found.VcpuRecordError);
    }

    [Fact]
    public void AnIdleGuestKeepsItsSecret()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.Runs = _ => [];

        AssertNotLocated(guest, "None of the 1 places");
    }

    [Fact]
    public void ARecordWhoseCounterStaysOddIsNotKnown()
    {
        var guest = SyntheticGuest.PvWithList();
        SharedInfoLayout.X86_64.Vcpu.Version.Write(guest.Record(0), 101);

        AssertNotLocated(guest, "None of the 1 places");
    }

    [Fact]
    public void AnImitationThatMovesAsWellMakesBothUnknown()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.Page(0x44).AsSpan().Clear();
        RecordBytes.Create(RecordBytes.Time()).CopyTo(guest.Page(0x44), 0x40);
        guest.Runs = _ =>
        {
            SyntheticGuest.Move(guest.Page(0x44).AsSpan(0x40, 64));
            return [0];
        };

        AssertNotLocated(guest, "2 of the 2 places");
    }

    [Fact]
    public void ManyImitationsGiveNoResultInBoundedTime()
    {
        var guest = SyntheticGuest.Pvh();
        var page = new byte[4096];
        for (var at = 0; at < 4096; at += 64) RecordBytes.Create(RecordBytes.Time()).CopyTo(page, at);
        for (ulong at = 0; at < 10_000; at++) guest.Frames[0x1_0000 + at] = page;
        guest.HighestFrame = 0x1_0000 + 10_000;

        var memory = AssertNotLocated(guest, "domain 5");

        Assert.InRange(memory.FramesShown, 1500, 4000);
    }

    [Fact]
    public void WithoutARecordThereIsNothingToWatch()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.Record(0).Clear();

        AssertNotLocated(guest, "Nothing in the memory");
    }

    [Fact]
    public void AGuestWhoseSlotsAreLiveIsNotSearched()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.Runs = _ =>
        {
            SyntheticGuest.Move(guest.SharedPage.AsSpan(0, 64));
            return [0];
        };
        var memory = new FakeMemory(guest);

        var found = Assert.Single(
            new GuestInspector(memory) { Locate = Inspected.ForRecords }.Inspect(memory.ReadDomains(), TimeSpan.FromSeconds(20), default));

        Assert.Equal((0, null, 0), (found.VcpuRecords.Count, found.VcpuRecordError, memory.Visits));
        Assert.Equal(2, found.Samples.Count);
    }

    [Fact]
    public void APausedGuestIsNotWatchedForLong()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.Runs = _ => [];
        guest.Domain.Reading = guest.Domain.Reading with { State = DomainState.Paused };

        // Sampling a guest that cannot change would take the whole timeout, so this test would not end.
        var error = Inspected.Inspect(new FakeMemory(guest), Inspected.ForRecords with { Timeout = TimeSpan.FromDays(1) }).VcpuRecordError!;

        Assert.Equal(XenErrorId.EventStateUnknown, error.Id);
        Assert.Contains($"Domain {guest.DomId} is paused", error.Message, StringComparison.Ordinal);
        Messages.AssertSentence(error.Message, guest.DomId);
    }

    [Fact]
    public void GuestsAreWatchedSideBySide()
    {
        var (first, second) = (SyntheticGuest.PvWithList(domId: 5), SyntheticGuest.PvWithTree(domId: 6));
        second.Runs = _ => [];
        var memory = new FakeMemory(first, second);

        var found = new GuestInspector(memory) { Locate = Inspected.ForRecords with { Timeout = TimeSpan.FromSeconds(1) } }
            .Inspect(memory.ReadDomains(), TimeSpan.Zero, default)
            .ToArray();

        Assert.Equal([5, 6], found.Select(guest => (int)guest.Domain.DomId));
        Assert.Equal(SyntheticGuest.RecordPfn, Assert.Single(found[0].VcpuRecords).Pfn);
        Assert.Empty(found[1].VcpuRecords);
        Assert.Contains("of domain 6 ", found[1].VcpuRecordError?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ItIsReadAgainWhereItWas()
    {
        var guest = SyntheticGuest.PvWithList();
        var memory = new FakeMemory(guest);
        var options = Inspected.ForRecords;
        Inspected.Inspect(memory, options);
        var shown = memory.FramesShown;

        var record = Assert.Single(Inspected.Inspect(memory, options).VcpuRecords);

        Assert.Equal(shown + 1, memory.FramesShown);
        Assert.Equal(guest.Record(0), record.Bytes.Span);
        Assert.Contains("the only place", record.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-8)]
    [InlineData(4)]
    [InlineData(0xe4)]
    [InlineData(4040)]
    [InlineData(4096)]
    [InlineData(int.MaxValue)]
    [InlineData(int.MinValue)]
    [InlineData(0x40)] // nothing there
    public void APlaceThatCannotBeOneIsSearchedFor(int offset) => AssertSearchedAgain(record => record with { Offset = offset });

    [Fact]
    public void ARecordWhoseClockDoesNotFitAnyMoreIsSearchedFor() =>
        AssertSearchedAgain(record => record with { Frame = 0x4_0000 + (0x44 ^ 0x15) });

    [Fact]
    public void ARecordWithAnotherClockAtItsPlaceIsRejected()
    {
        var guest = SyntheticGuest.PvWithList();
        var options = Inspected.ForRecords;
        var memory = new FakeMemory(guest);
        Assert.Single(Inspected.Inspect(memory, options).VcpuRecords);
        guest.Runs = _ => [];
        guest.Domain.Reading = guest.Domain.Reading with { State = DomainState.Paused };
        SharedInfoLayout.X86_64.Vcpu.TscToSystemMul.Write(guest.Record(0), 5);

        Assert.Empty(Inspected.Inspect(memory, options).VcpuRecords);
    }

    [Fact]
    public void ARecordThatWentBackIsSearchedFor()
    {
        AssertSearchedAgain(record => record with { Version = record.Version + 1000 });
        AssertSearchedAgain(record => record with { SystemTime = record.SystemTime + 1_000_000_000_000 });
    }

    [Fact]
    public void ARecordThatStandsAlthoughItsVcpuRanIsSearchedFor() => AssertSearchedAgain(record => record, freeze: true);

    [Fact]
    public void AnotherRecordIsNotForgottenBecauseOneIsKnown()
    {
        var guest = SyntheticGuest.PvWithList(vcpus: 2);
        // vCPU 1 sleeps, so that one record is found and the other is not.
        guest.Runs = _ => [0];
        var memory = new FakeMemory(guest);
        var options = Inspected.ForRecords with { Timeout = TimeSpan.FromSeconds(1.5) };
        var first = Inspected.Inspect(memory, options);
        Assert.Equal([0], first.VcpuRecords.Select(record => record.Vcpu));
        Assert.NotNull(first.VcpuRecordError);

        guest.Runs = step => [step % 2];
        var shown = memory.FramesShown;
        var soon = Inspected.Inspect(memory, options);
        Assert.Equal([0], soon.VcpuRecords.Select(record => record.Vcpu));
        Assert.Contains("a short time ago", soon.VcpuRecordError?.Message, StringComparison.Ordinal);
        Assert.Equal(shown + 1, memory.FramesShown);
        var second = Inspected.Inspect(memory, options with { SearchAgain = true, Timeout = TimeSpan.FromSeconds(20) });

        Assert.Equal([0, 1], second.VcpuRecords.Select(record => record.Vcpu).Order());
    }

    [Fact]
    public void ARecordThatMovedOnceAndThenStandsIsSearchedFor()
    {
        var guest = SyntheticGuest.PvWithList();
        var options = Inspected.ForRecords;
        var memory = new FakeMemory(guest);
        Inspected.Inspect(memory, options);
        Inspected.Inspect(memory, options);
        guest.Runs = _ => [];
        guest.Domain.Reading = guest.Domain.Reading with { State = DomainState.Paused };
        // The vCPU continues to run, and Xen no longer writes to this record.
        var frozen = guest.Record(0).ToArray();
        for (var run = 0; run < 1600; run++) guest.Run(0);
        frozen.CopyTo(guest.Record(0));

        var found = Inspected.Inspect(memory, options);

        Assert.Empty(found.VcpuRecords);
        Assert.NotNull(found.VcpuRecordError);
    }

    [Fact]
    public void WithoutAClockToKnowThemByMemoryIsNotSearched()
    {
        var guest = SyntheticGuest.PvWithList();
        guest.SharedPage.AsSpan(0, 2048).Clear();

        Assert.Equal(0, AssertNotLocated(guest, "was ever filled").Visits);
    }

    // The record is located, and then its cached place is changed. A search must locate it again.
    private static void AssertSearchedAgain(Func<VcpuInfoLocation, VcpuInfoLocation> forge, bool freeze = false)
    {
        var guest = SyntheticGuest.PvWithList();
        var folder = new GuestLocationCache(null);
        var options = Inspected.ForRecords with { Remembered = folder };
        Inspected.Inspect(new FakeMemory(guest), options);
        var known = folder.Find(5, guest.Domain.Reading.Uuid, guest.StartTime)!;
        folder.Remember(known with { VcpuRecords = [.. known.VcpuRecords!.Select(forge)] });
        if (freeze) Freeze(guest, folder, known);
        var memory = new FakeMemory(guest);

        var found = Inspected.Inspect(memory, options);

        Assert.InRange(memory.FramesShown, 1500, 1550);
        Assert.Equal(SyntheticGuest.RecordPfn + (freeze ? 1ul : 0), Assert.Single(found.VcpuRecords).Pfn);
    }

    // The guest registers another place, and the old one stays as it was.
    private static void Freeze(SyntheticGuest guest, GuestLocationCache folder, GuestLocation known)
    {
        folder.Remember(
            known with
            {
                VcpuRecords =
                [
                    .. known.VcpuRecords!.Select(record => record with { CpuTimeNanoseconds = record.CpuTimeNanoseconds - 1_600_000_000 }),
                ],
            });
        guest.Page(SyntheticGuest.RecordPfn + 1).AsSpan().Clear();
        guest.Record(0).CopyTo(guest.Page(SyntheticGuest.RecordPfn + 1).AsSpan(SyntheticGuest.RecordOffset));
        guest.Runs = _ =>
        {
            var frozen = guest.Record(0).ToArray();
            guest.Run(0);
            frozen.CopyTo(guest.Record(0));
            SyntheticGuest.Move(
                guest.Page(SyntheticGuest.RecordPfn + 1).AsSpan(SyntheticGuest.RecordOffset, SharedInfoLayout.X86_64.Vcpu.Size));
            return [];
        };
    }

    private static FakeMemory AssertNotLocated(SyntheticGuest guest, string why)
    {
        var memory = new FakeMemory(guest);

        var found = Inspected.Inspect(memory, Inspected.ForRecords with { Timeout = TimeSpan.FromMilliseconds(700) });

        Assert.Empty(found.VcpuRecords);
        Assert.Equal((XenErrorId.EventStateUnknown, (ushort?)5), (found.VcpuRecordError!.Id, found.VcpuRecordError.DomId));
        Messages.AssertSentence(found.VcpuRecordError.Message, 5);
        Assert.Contains(why, found.VcpuRecordError.Message, StringComparison.Ordinal);
        return memory;
    }
}
