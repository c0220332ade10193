using System.Text.Json;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Poking;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Poking;

/// <summary>Tests the records of pokes, their undo, and the log.</summary>
public sealed class PokeUndoTests : PokeTest
{
    public static TheoryData<string> Kinds => ["mask", "pending of a masked port", "field", "generation"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void UndoRestoresTheExactBytes(string kind)
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        guest.IsPaused = true;
        var before = guest.SharedPage().ToArray();
        Poke(guest, kind);
        Assert.NotEqual(before, guest.SharedPage());
        var poke = Assert.Single(Pokes.Pokes);

        Runner().Undo(poke);

        Assert.Equal(before, guest.SharedPage());
        Assert.Equal(poke.Id, Pokes.Pokes[^1].Undoes);
        Assert.Equal((poke.After, poke.Before), (Pokes.Pokes[^1].Before, Pokes.Pokes[^1].After));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void UndoAfterAForeignChangeIsRefused(string kind)
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        guest.IsPaused = true;
        Poke(guest, kind);
        var poke = Assert.Single(Pokes.Pokes);
        var page = guest.SharedPage();
        page[poke.Offset!.Value + (int)(poke.Port ?? 0) % 32 / 8] ^= (byte)(1 << (int)((poke.Port ?? 0) % 8));
        var changed = page.ToArray();

        var error = Assert.Throws<XenException>(() => Runner().Undo(poke));

        Assert.Equal(XenErrorId.PokeLostRace, error.Id);
        Messages.AssertSentence(error.Message, guest.Plan.DomId);
        Assert.Equal(changed, guest.SharedPage());
    }

    [Fact]
    public void AForeignChangeOfANeighbouringBitStays()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        guest.IsPaused = true;
        var disk = Disk(guest);
        Runner().SetPort(guest.Plan.DomId, disk, masked: true);
        SetByHand(guest, SharedInfoLayout.X86_64.MaskOffset, disk - 1);
        var expected = guest.SharedPage().ToArray();
        expected[SharedInfoLayout.X86_64.MaskOffset + disk / 8] &= (byte)~(1 << (int)(disk % 8));

        Runner().Undo(Pokes.Pokes[0]);

        Assert.Equal(expected, guest.SharedPage());
    }

    [Fact]
    public void UndoIsGuardedLikeAnyPoke()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        var disk = Disk(guest);
        Runner().SetPort(guest.Plan.DomId, disk, masked: true);
        guest.Raise(disk);

        // The mask would be cleared over an event that waits.
        var error = Assert.Throws<XenException>(() => Runner().Undo(Pokes.Pokes[0]));

        Assert.Equal(XenErrorId.PokeRefused, error.Id);
        Assert.Contains(nameof(PokeGuard.Delivery), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ThePendingBitOfAnOpenPortIsTheGuestsToTake()
    {
        var guest = Guest(SimulatedKind.PvLost);
        guest.IsPaused = true;
        Poke(guest, "pending of a masked port");
        var disk = Disk(guest);
        // An event is pending there, and its sender is not known.
        var poke = Pokes.Pokes[0] with
        {
            Port = disk,
            Field = $"evtchn_pending[port {disk}]",
            Offset = SharedInfoLayout.X86_64.PendingOffset + (int)(disk / 32) * 4,
            Bits = 1u << (int)(disk % 32),
        };
        guest.IsPaused = false;

        var error = Assert.Throws<XenException>(() => Runner().Undo(poke));

        Assert.Equal(XenErrorId.PokeRefused, error.Id);
        Assert.Contains($"({nameof(PokeGuard.EventKept)})", error.Message, StringComparison.Ordinal);
        // A paused guest handles no event in between.
        guest.IsPaused = true;
        Runner().Undo(poke);
        Assert.Contains("loses it", Pokes.Warnings[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void APokeThatCannotBeUndoneIsAnError()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        guest.IsPaused = true;
        var domId = guest.Plan.DomId;
        Runner().Send(domId, Port(guest, "console"));
        Runner().SetPort(domId, Disk(guest), masked: false);
        Runner().SetPort(domId, Disk(guest), masked: true);
        var (sent, unchanged, real) = (Pokes.Pokes[0], Pokes.Pokes[1], Pokes.Pokes[2]);
        XenPoke[] wrong =
        [
            sent, unchanged,
            real with { DomainUuid = Guid.NewGuid() },
            real with { Frame = real.Frame + 1 },
            real with { Offset = real.Offset + 4 },
            real with { Offset = 4094 },
            real with { Width = 8 },
            real with { Bits = 0xffffffff },
            real with { Bits = 0 },
            real with { Port = 9000 },
            real with { Kind = PokeField.Field, Field = "no_such_field" },
        ];

        Assert.All(wrong, poke =>
        {
            var error = Assert.Throws<XenException>(() => Runner().Undo(poke, force: true));
            Assert.Equal(XenErrorId.PokeRefused, error.Id);
            Messages.AssertSentence(error.Message, domId);
        });
        Runner().Undo(real);
    }

    [Fact]
    public void TheWallClockIsSetAndUndoneUnderItsVersion()
    {
        var guest = Guest(SimulatedKind.PvhTwoLevel);
        var layout = SharedInfoLayout.X86_64;
        var time = new DateTimeOffset(2031, 2, 3, 4, 5, 6, TimeSpan.Zero).AddTicks(1);
        var before = WallClockContent.Decode(guest.SharedPage(), layout);

        Runner().SetWallClock(guest.Plan.DomId, time);

        var set = WallClockContent.Decode(guest.SharedPage(), layout);
        Assert.Equal(((ulong)time.ToUnixTimeSeconds(), 100u, before.Version + 2), (set.Seconds, set.Nanoseconds, set.Version));
        Runner().Undo(Pokes.Pokes[0]);
        Assert.Equal(before with { Version = before.Version + 4 }, WallClockContent.Decode(guest.SharedPage(), layout));
        Assert.Equal(XenErrorId.PokeLostRace, Assert.Throws<XenException>(() => Runner().Undo(Pokes.Pokes[0])).Id);
        // The refused undo leaves the clock readable.
        Assert.Equal(0u, WallClockContent.Decode(guest.SharedPage(), layout).Version & 1);
        Assert.True(After(guest).IsWell);
    }

    [Fact]
    public void TheTimeOfDayIsReportedAsAMistake()
    {
        var guest = Guest(SimulatedKind.PvhTwoLevel);

        Runner().SetWallClock(guest.Plan.DomId, SimulatedStart.AddHours(1));
        Assert.Empty(Pokes.Warnings);
        Runner().SetWallClock(guest.Plan.DomId, DateTimeOffset.UtcNow);

        var warning = Assert.Single(Pokes.Warnings);
        Assert.Contains("not the time now", warning, StringComparison.Ordinal);
        Messages.AssertSentence(warning, guest.Plan.DomId);
    }

    private DateTimeOffset SimulatedStart => DateTimeOffset.FromUnixTimeSeconds((long)Target.ReadHostClock()!.Value.Seconds);

    [Fact]
    public void NoReaderOfTheWallClockSeesHalfOfAChange()
    {
        var page = new byte[SharedInfoLayout.PageSize];
        var layout = SharedInfoLayout.X86_64;
        new WallClockContent(2, 1, 1).Encode(page, layout);
        using var done = new CancellationTokenSource();
        var torn = 0L;
        var reads = 0L;
        var reader = new Thread(() =>
        {
            while (!done.IsCancellationRequested)
            {
                var snapshot = DomainSample.Take(page, layout);
                if (snapshot.Unstable.Contains(SeqlockRange.WallClockName(layout.Layout))) continue;
                var clock = WallClockContent.Decode(snapshot.Page.Span, layout);
                reads++;
                if ((clock.Version & 1) != 0 || clock.Seconds != clock.Nanoseconds) torn++;
            }
        });
        reader.Start();
        for (ulong value = 2; value < 200_000; value++) VersionedClock.Write(page, layout, value * 1_000_000_000 + value, null, 1);
        done.Cancel();
        reader.Join();

        Assert.Equal(0, torn);
        Assert.True(reads > 0);
    }

    [Fact]
    public void AClockWhoseVersionStaysOddIsNotWritten()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        guest.IsPaused = true;
        guest.SharedPage()[SharedInfoLayout.X86_64.WallClockVersion.Offset] |= 1;
        var before = guest.SharedPage().ToArray();

        Assert.Equal(
            XenErrorId.PokeLostRace,
            Assert.Throws<XenException>(() => Runner().SetWallClock(guest.Plan.DomId, DateTimeOffset.UtcNow)).Id);
        Assert.Equal(before, guest.SharedPage());
    }

    [Fact]
    public void WithoutConsentNoByteChangesAndNothingIsMapped()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        guest.IsPaused = true;
        var before = guest.SharedPage().ToArray();
        var pokes = new RecordingPokes { Agrees = false };

        new PokeRunner(Target, pokes).SetPort(guest.Plan.DomId, Disk(guest), masked: true);
        new PokeRunner(Target, pokes).SetField(guest.Plan.DomId, "arch.max_pfn", 3);
        new PokeRunner(Target, pokes).SetWallClock(guest.Plan.DomId, DateTimeOffset.UtcNow);

        Assert.Equal(before, guest.SharedPage());
        Assert.Equal(0, Target.WritableMappings.InAll);
        Assert.Equal(3, pokes.Proposals.Count);
        Assert.Matches(@"^evtchn_mask\[port \d+\] at frame 0x[0-9a-f]+ \+ 0xa08: 0x0 -> 0x1$", pokes.Proposals[0].Details[0]);
        Assert.Matches(@"^mask port \d+ \(vbd51712\) of domain \d+ \(sim-pv-2l-\d+\)$", pokes.Proposals[0].Text);
        Assert.Equal($"domain {guest.Plan.DomId} ({guest.Plan.Name})", pokes.Proposals[0].Subject);
    }

    [Fact]
    public void AFieldThatChangedSinceItWasShownIsNotOverwritten()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        var pokes = new RecordingPokes { OnConfirm = () => guest.SharedPage()[SharedInfoLayout.X86_64.P2mGeneration.Offset] = 6 };

        var error = Assert.Throws<XenException>(() => new PokeRunner(Target, pokes).SetField(guest.Plan.DomId, "arch.p2m_generation", 4));

        Assert.Equal(XenErrorId.PokeLostRace, error.Id);
        Assert.Equal(6, guest.SharedPage()[SharedInfoLayout.X86_64.P2mGeneration.Offset]);
    }

    [Fact]
    public void EveryPokeIsAppendedToTheLog()
    {
        using var folder = new TemporaryFolder();
        var path = folder["pokes.log"];
        var options = new PokeOptions { LogPath = path };
        var guest = Guest(SimulatedKind.PvTwoLevel);
        guest.IsPaused = true;

        Runner(options).SetPort(guest.Plan.DomId, Disk(guest), masked: true);
        Runner(options).Send(guest.Plan.DomId, Port(guest, "console"));
        Runner(options).Undo(Pokes.Pokes[0]);

        var all = File.ReadAllLines(path).Select(line => JsonSerializer.Deserialize(line, PokeJson.Default.XenPoke)!).ToArray();
        var lines = all.Where(poke => poke.Outcome == PokeOutcome.Done).ToArray();
        Assert.Equal(
            lines.SelectMany(poke => new[] { (poke.Id, PokeOutcome.Intended), (poke.Id, PokeOutcome.Done) }),
            all.Select(poke => (poke.Id, poke.Outcome)));
        Assert.Equal(Pokes.Pokes.Select(poke => poke.Id), lines.Select(poke => poke.Id));
        Assert.Equal(Pokes.Pokes[0].Id, lines[2].Undoes);
        Assert.Equal((PokeField.Mask, 0ul, 1ul), (lines[0].Kind, lines[0].Before, lines[0].After));
    }

    [Fact]
    public void WithoutItsLogNothingIsPoked()
    {
        using var folder = new TemporaryFolder();
        var guest = Guest(SimulatedKind.PvTwoLevel);

        Assert.ThrowsAny<IOException>(() =>
            Runner(new PokeOptions { LogPath = Path.Combine(folder.Root, "missing", "pokes.log") })
                .SetPort(guest.Plan.DomId, Disk(guest), masked: true));
        Assert.Equal(0, Target.WritableMappings.InAll);
    }

    private void Poke(SimulatedGuest guest, string kind)
    {
        var domId = guest.Plan.DomId;
        switch (kind)
        {
            case "mask": Runner().SetPort(domId, Disk(guest), masked: true); break;
            case "field": Runner().SetField(domId, "arch.max_pfn", 0x11223344); break;
            case "generation": Runner().SetField(domId, "arch.p2m_generation", 2); break;
            default: Runner().SetPort(domId, Port(guest, port => port.StartsMasked), pending: true); break;
        }
    }
}
