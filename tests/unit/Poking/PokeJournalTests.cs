using System.Text.Json;
using XenShared.Guests.Deduction;
using XenShared.Guests.Memory;
using XenShared.Poking;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Poking;

/// <summary>
/// Checks that a sequence that has begun is finished or undone even if its log or its observer fails, and that its error contains the pokes
/// that were made.
/// </summary>
public sealed class PokeJournalTests : PokeTest, IPokeLocator
{
    GuestAddress? IPokeLocator.FindEventWord(GuestInspection guest, uint port) => null;

    GuestAddress? IPokeLocator.FindVcpuRecord(GuestInspection guest, int vcpu) =>
        Target.Guest(guest.Domain.DomId).Vcpus.ElementAtOrDefault(vcpu) is { } found
            ? new GuestAddress(Pfn: 0, found.RecordFrame, found.RecordOffset)
            : null;

    [Fact]
    public void AnObserverThatFailsEndsNothing()
    {
        using var folder = new TemporaryFolder();
        var guest = Guest(SimulatedKind.PvStuck);
        var deaf = new RecordingPokes { OnDone = () => throw new OperationCanceledException("stopped") };
        var repair = new PokeRunner(Target, deaf) { Options = new PokeOptions { LogPath = folder["log"] } };

        Assert.Throws<OperationCanceledException>(() => repair.Repair(guest.Plan.DomId, Disk(guest), unmask: true));

        Assert.Equal(
            [PokeField.Mask, PokeField.Pending, PokeField.Event],
            Read(folder["log"]).Where(poke => poke.Outcome == PokeOutcome.Done).Select(poke => poke.Kind));
        Assert.True(After(guest).IsWell, $"{guest.Health}");
    }

    [Fact]
    public void AnUnloggedPokeIsAnErrorThatNamesIt()
    {
        using var folder = new TemporaryFolder();
        var guest = Guest(SimulatedKind.PvTwoLevel);
        Runner().SetPort(guest.Plan.DomId, Disk(guest), masked: true);
        var poke = Pokes.Pokes[0];
        var observer = new RecordingPokes();
        var journal = new PokeJournal(
            observer,
            new UndoPokeRequest { Poke = poke },
            Path.Combine(folder.Root, "missing", "log"));
        var isFinished = false;

        // This is a step of a sequence that has begun. Its intent could still be logged.
        var error = Assert.Throws<XenException>(() => journal.Run(() =>
        {
            journal.Continue(poke with { Outcome = PokeOutcome.Intended });
            journal.Record(poke);
            isFinished = true;
        }));

        Assert.True(isFinished);
        Assert.Equal(XenErrorId.PokeNotLogged, error.Id);
        Assert.Equal(poke.Id, Assert.Single(error.Pokes).Id);
        Assert.Equal(poke.Id, Assert.Single(observer.Pokes).Id);
        Messages.AssertSentence(error.Message);
        Assert.Contains($"{poke.Field} 0x0 -> 0x1", error.Message, StringComparison.Ordinal);
        // The next sequence has an empty list of pokes, and does not begin without a log.
        Assert.Throws<FileNotFoundException>(() => journal.Run(() => journal.Begin(poke with { Outcome = PokeOutcome.Intended })));
    }

    [Fact]
    public void AnErrorInTheMidstHasWhatWasDoneAndHidesNothing()
    {
        using var folder = new TemporaryFolder();
        var guest = Guest(SimulatedKind.PvStuck);
        var disk = Disk(guest);
        var (writes, pageFrame) = (0, guest.PageFrame!.Value);
        using var failing = new FailingTarget(Target)
        {
            // The mask is written; then nothing more can be written, and the guest cannot be notified.
            OnWrite = frame =>
            {
                if (writes++ > 0)
                    throw new XenException(XenErrorId.DomainVanished, $"Write {writes} found that domain 14 went away", "list the domains");
            },
        };
        var options = new PokeOptions
        {
            Locator = this,
            LogPath = folder["log"],
            DisabledGuards = new HashSet<PokeGuard>
            {
                PokeGuard.VcpuNotBlocked,
                PokeGuard.UpcallNoticed,
                PokeGuard.SlotLive,
                PokeGuard.Repairable,
            },
        };

        var error = Assert.Throws<XenException>(() =>
            new PokeRunner(failing, Pokes) { Options = options }.SetPort(guest.Plan.DomId, disk, masked: false));

        Assert.StartsWith("Write 2 ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith($"what was done: evtchn_mask[port {disk}] 0x1 -> 0x0; list the domains.", error.Message, StringComparison.Ordinal);
        Assert.Equal(PokeField.Mask, Assert.Single(error.Pokes).Kind);
        // Later failures are reported too.
        Assert.Contains(Pokes.Warnings, warning => warning.StartsWith("Write 3 ", StringComparison.Ordinal));
        var records = Read(folder["log"]);
        Assert.Equal(error.Pokes[0].Id, Assert.Single(records, poke => poke.Outcome == PokeOutcome.Done).Id);
        Assert.Equal(
            records.Count(poke => poke.Outcome == PokeOutcome.Intended) - 1,
            records.Count(poke => poke.Outcome == PokeOutcome.NotDone));
        Assert.True(pageFrame > 0);
    }

    [Fact]
    public void EveryIntentHasItsRequest()
    {
        using var folder = new TemporaryFolder();
        var guest = Guest(SimulatedKind.PvStuck);
        var options = new PokeOptions { LogPath = folder["log"] };
        var repair = new RepairPortRequest { DomId = guest.Plan.DomId, Port = Disk(guest), Unmask = true };
        Runner(options).Run(repair);
        var mask = new SetPortRequest { DomId = guest.Plan.DomId, Port = Disk(guest), Masked = true };
        Runner(options).Run(mask);
        var undo = new UndoPokeRequest { Poke = Pokes.Pokes[^1], Force = true };
        Runner(options).Run(undo);

        var lines = File.ReadAllLines(folder["log"]).Select(line => JsonDocument.Parse(line).RootElement).ToArray();

        Assert.All(lines, line => Assert.Equal(
            line.GetProperty(nameof(XenPoke.Outcome)).GetString() == nameof(PokeOutcome.Intended),
            line.TryGetProperty("Request", out _)));
        Assert.Equal(
            [repair, repair, repair, mask],
            lines.Where(line => line.TryGetProperty("Request", out _)).Take(4).Select(Request));
        // The record in a request is that of the first poke.
        Assert.Equal(PokeRequestLine.Serialize(undo), PokeRequestLine.Serialize(Request(lines[^2])));
        Assert.Equal(PokeLine.Serialize(Pokes.Pokes[^1]), lines[^1].GetRawText());

        static PokeRequest Request(JsonElement line) => PokeRequestLine.Read(line.GetProperty("Request").GetRawText());
    }

    [Fact]
    public void ALateRefusalIsLoggedAsNotDone()
    {
        using var folder = new TemporaryFolder();
        var guest = Guest(SimulatedKind.PvTwoLevel);
        var pokes = new RecordingPokes { OnConfirm = () => guest.SharedPage()[guest.Plan.Layout.P2mGeneration.Offset] = 6 };

        Assert.Throws<XenException>(() =>
            new PokeRunner(Target, pokes) { Options = new PokeOptions { LogPath = folder["log"] } }.SetField(
                guest.Plan.DomId,
                "arch.p2m_generation",
                4));

        var records = Read(folder["log"]);
        Assert.Equal([PokeOutcome.Intended, PokeOutcome.NotDone], records.Select(poke => poke.Outcome));
        Assert.Equal(records[0].Id, records[1].Id);
        Assert.Empty(PokeHistory.SelectDone(records, warning => Assert.Fail(warning)));
    }

    [Theory]
    [InlineData("{\"Id\":\"38a4")]
    [InlineData("no newline at the end")]
    [InlineData("another program's line\n")]
    [InlineData("")]
    public void AStrangeLastLineCostsOnlyItself(string rest)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["log"], rest);
        var guest = Guest(SimulatedKind.PvTwoLevel);

        Runner(new PokeOptions { LogPath = folder["log"] }).SetPort(guest.Plan.DomId, Disk(guest), masked: true);

        var text = File.ReadAllText(folder["log"]);
        Assert.StartsWith(rest, text, StringComparison.Ordinal);
        Assert.Equal(
            [PokeOutcome.Intended, PokeOutcome.Done],
            text[rest.Length..].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => PokeLine.Read(line).Outcome));
    }

    [Fact]
    public void WhatIsNoRegularFileIsNoLog()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "there are no such files");
        using var folder = new TemporaryFolder();
        Assert.Equal((0, ""), Tool.Run("/usr/bin/mkfifo", "", folder["pipe"]));
        Directory.CreateDirectory(folder["folder"]);
        File.CreateSymbolicLink(folder["to-pipe"], "pipe");
        var guest = Guest(SimulatedKind.PvTwoLevel);

        foreach (var name in (string[])["pipe", "folder", "to-pipe"])
        {
            var error = Assert.Throws<IOException>(() =>
                Watchdog.Ends(() =>
                    Runner(new PokeOptions { LogPath = folder[name] }).SetPort(guest.Plan.DomId, Disk(guest), masked: true)));
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
        }
        Assert.Equal(0, Target.WritableMappings.InAll);
        // A link is followed, even to a file that does not exist yet.
        File.CreateSymbolicLink(folder["link"], "file");
        Runner(new PokeOptions { LogPath = folder["link"] }).SetPort(guest.Plan.DomId, Disk(guest), masked: true);
        Assert.Equal(2, Read(folder["file"]).Length);
        Assert.NotNull(new FileInfo(folder["link"]).LinkTarget);
    }

    [Fact]
    public void AHistoryListsUnfinishedPokes()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        guest.IsPaused = true;
        Runner().SetPort(guest.Plan.DomId, Disk(guest), masked: true);
        Runner().SetPort(guest.Plan.DomId, Disk(guest), masked: false);
        var (first, second) = (Pokes.Pokes[0], Pokes.Pokes[1]);
        var open = first with { Id = Guid.NewGuid(), Outcome = PokeOutcome.Intended };
        var dropped = open with { Id = Guid.NewGuid() };
        var warnings = new List<string>();

        var done = PokeHistory.SelectDone(
            [
                first with
                {
                    Outcome = PokeOutcome.Intended,
                },
                open,
                first,
                dropped,
                second,
                first,
                dropped with
                {
                    Outcome = PokeOutcome.NotDone,
                },
            ],
            warnings.Add);

        Assert.Equal([second.Id, first.Id], done.Select(poke => poke.Id));
        Assert.Contains(open.Id.ToString(), Assert.Single(warnings), StringComparison.Ordinal);
        // A poke that was only intended is not undone by itself either.
        Assert.Equal(
            XenErrorId.PokeRefused,
            Assert.Throws<XenException>(() => Runner().Undo(second with { Outcome = PokeOutcome.Intended }, force: true)).Id);
    }

    private static XenPoke[] Read(string path) => [.. File.ReadAllLines(path).Select(PokeLine.Read)];
}
