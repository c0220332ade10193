using XenShared.Poking;
using XenShared.Targets;
using XenShared.Targets.Remote;
using XenShared.Targets.Simulated;
using XenShared.Tests.Poking;
using XenShared.Tests.Support;

namespace XenShared.Tests.Targets.Remote;

/// <summary>Tests writes over SSH: the remote host checks and executes them, and this side confirms and reports them.</summary>
[Collection("ssh")]
public sealed class RemotePokeTests(SshBed bed)
{
    private const ushort Guest = 1;
    private const uint Port = 2;

    public static TheoryData<PokeRequest> Requests => new()
    {
        new SetPortRequest { DomId = Guest, Port = Port, Masked = true, Pending = false, Force = true },
        new SetVcpuRequest { DomId = Guest, Vcpu = 1, UpcallPending = true, PendingSelector = ulong.MaxValue },
        new SetFieldRequest { DomId = Guest, Field = "'; reboot; '", Value = 4711 },
        new SetWallClockRequest { DomId = Guest, Time = DateTimeOffset.UnixEpoch.AddTicks(1) },
        new SendEventRequest { DomId = Guest, Port = Port },
        new RepairPortRequest { DomId = Guest, Port = Port, Unmask = true, Timeout = TimeSpan.FromSeconds(0.25) },
    };

    // Nothing of a request is in the command line, where a shell and the options of another version would read it.
    [Theory]
    [MemberData(nameof(Requests))]
    public void TheFarEndGetsTheRequestItself(PokeRequest request)
    {
        var destination = bed.StandIn(
            "poke-request",
            "case $1 in *capture*) hello >&2; exec cat $BED/good.xencap ;; esac\nprintf '%s' \"$1\" >$BED/command; hello; read -r request; "
                + "printf '%s' \"$request\" >$BED/request; echo '{\"kind\":\"end\"}'");
        using var far = RemoteTarget.Open(destination);

        new PokeRunner(far, new RecordingPokes()).Run(request);

        Assert.Equal("'xenshared' 'poke' '--request=-' '--wire'", File.ReadAllText(bed["command"]));
        Assert.Equal(request, PokeRequestLine.Read(File.ReadAllText(bed["request"])));
    }

    // The program there was replaced after the connection was made.
    [Fact]
    public void AFarEndThatDoesNotKnowRequestsIsToBeUpdated()
    {
        var destination = bed.StandIn(
            "poke-older",
            "case $1 in *capture*) hello >&2; exec cat $BED/good.xencap ;; esac\necho \"xenshared: Unrecognized command or argument "
                + "'--request=-'.\" >&2; exit 2");
        using var far = RemoteTarget.Open(destination);

        var error = Assert.Throws<XenException>(() => new PokeRunner(far, new RecordingPokes()).Send(Guest, Port));

        Assert.Equal(XenErrorId.NotSupportedByHost, error.Id);
        Assert.Contains("update xenshared on standin-poke-older", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatNoGuestCanDoIsRefusedHere()
    {
        var destination = bed.StandIn("poke-refused", "case $1 in *capture*) hello >&2; exec cat $BED/good.xencap ;; esac; exit 9");
        using var far = RemoteTarget.Open(destination);

        var error = Assert.Throws<XenException>(() => new PokeRunner(far, new RecordingPokes()).SetPort(Guest, Port));

        Assert.Equal(XenErrorId.PokeRefused, error.Id);
    }

    [Fact]
    public void TheQuestionIsTheSameAndANoWritesNothing()
    {
        bed.NeedDaemon();
        using var here = new SimulatedTarget(12, 3);
        using var far = RemoteTarget.Open(new SshDestination("far"));
        var (asked, refused) = (new RecordingPokes { Agrees = false }, new RecordingPokes { Agrees = false });

        new PokeRunner(here, asked).SetPort(Guest, Port, masked: true);
        new PokeRunner(far, refused).SetPort(Guest, Port, masked: true);

        Assert.Equal(Assert.Single(asked.Proposals).Text, Assert.Single(refused.Proposals).Text);
        Assert.Equal(asked.Proposals[0].Subject, refused.Proposals[0].Subject);
        Assert.Empty(refused.Pokes);
    }

    [Fact]
    public void WhatWasDoneComesBackAndGoesIntoTheLogHere()
    {
        bed.NeedDaemon();
        using var folder = new TemporaryFolder();
        using var far = RemoteTarget.Open(new SshDestination("far"));
        var pokes = new RecordingPokes();

        new PokeRunner(far, pokes) { Options = new PokeOptions { LogPath = folder["log"] } }.SetPort(Guest, Port, masked: true);

        var poke = Assert.Single(pokes.Pokes);
        Assert.Equal(
            (Guest, PokeField.Mask, PokeAction.SetBits, 0ul, 1ul),
            (poke.DomId, poke.Kind, poke.Action, poke.Before, poke.After));
        Assert.Equal(far.Host.HostName, poke.HostName);
        var lines = File.ReadAllLines(folder["log"]).Select(PokeLine.Read).ToArray();
        Assert.Equal([(poke.Id, PokeOutcome.Intended), (poke.Id, PokeOutcome.Done)], lines.Select(line => (line.Id, line.Outcome)));
        var request = PokeRequestLine.Serialize(new SetPortRequest { DomId = Guest, Port = Port, Masked = true });
        Assert.EndsWith($",\"Request\":{request}}}", File.ReadAllLines(folder["log"])[0], StringComparison.Ordinal);
    }

    [Fact]
    public void ABrokenConnectionLeavesTheIntentsAndTheReceivedMessages()
    {
        using var folder = new TemporaryFolder();
        using var here = new SimulatedTarget(12, 3);
        var pokes = new RecordingPokes();
        new PokeRunner(here, pokes).SetPort(Guest, Port, masked: true);
        var (done, lost) = (pokes.Pokes[0], pokes.Pokes[0] with { Id = Guid.NewGuid(), Field = "evtchn_mask[port 3]", Port = 3 });
        var proposal = new WireMessage { Kind = WireMessage.Proposal, DomId = Guest, Changes = ["one", "two"], Intents = [done, lost] };
        File.WriteAllLines(bed["half"], [proposal.ToString(), new WireMessage { Kind = WireMessage.Poked, Poke = done }.ToString()]);
        var destination = bed.StandIn(
            "poke-half",
            "case $1 in *capture*) hello >&2; exec cat $BED/good.xencap ;; esac\nhello; read -r request; head -n 1 $BED/half; read -r "
                + "answer; [ \"$answer\" = yes ] || exit 0; tail -n 1 $BED/half; kill -9 $$");
        using var far = RemoteTarget.Open(destination);
        var observer = new RecordingPokes();

        var error = Assert.Throws<XenException>(() =>
            Watchdog.Ends(() =>
                new PokeRunner(far, observer) { Options = new PokeOptions { LogPath = folder["log"] } }.SetPort(Guest, Port, masked: true))
        );

        Assert.Equal(XenErrorId.HostUnreachable, error.Id);
        Assert.Equal(done.Id, Assert.Single(error.Pokes).Id);
        Assert.Contains($"what was done: evtchn_mask[port {Port}] 0x0 -> 0x1", error.Message, StringComparison.Ordinal);
        var records = File.ReadAllLines(folder["log"]).Select(PokeLine.Read).ToArray();
        Assert.Equal(
            [(done.Id, PokeOutcome.Intended), (lost.Id, PokeOutcome.Intended), (done.Id, PokeOutcome.Done)],
            records.Select(record => (record.Id, record.Outcome)));
        var warnings = new List<string>();
        PokeHistory.SelectDone(records, warnings.Add);
        Assert.Contains(lost.Id.ToString(), Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutItsLogTheFarEndGetsNoYes()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            bed["asked"],
            new WireMessage
            {
                Kind = WireMessage.Proposal,
                DomId = Guest,
                Changes = ["one"],
            } + "\n");
        var destination = bed.StandIn(
            "poke-unlogged",
            "case $1 in *capture*) hello >&2; exec cat $BED/good.xencap ;; esac\nhello; read -r request; cat $BED/asked; read -r answer; "
                + "echo \"<$answer>\" >$BED/answer");
        using var far = RemoteTarget.Open(destination);

        Assert.ThrowsAny<IOException>(() =>
            Watchdog.Ends(() =>
                new PokeRunner(far, new RecordingPokes())
                {
                    Options = new PokeOptions { LogPath = Path.Combine(folder.Root, "missing", "log") },
                }.SetPort(Guest, Port, true)));

        for (var waited = 0; waited < 100 && !File.Exists(bed["answer"]); waited++) Thread.Sleep(100);
        // It may have ended before it could log that no reply arrived.
        if (File.Exists(bed["answer"])) Assert.DoesNotContain("yes", File.ReadAllText(bed["answer"]), StringComparison.Ordinal);
    }

    [Fact]
    public void EventsAreSentVcpusAndFieldsAreSetAndClocksToo()
    {
        bed.NeedDaemon();
        using var far = RemoteTarget.Open(new SshDestination("far"));
        var pokes = new RecordingPokes();

        new PokeRunner(far, pokes).Send(Guest, Port);
        new PokeRunner(far, pokes).SetField(Guest, "arch.max_pfn", 4711, force: true);
        new PokeRunner(far, pokes).SetWallClock(Guest, DateTimeOffset.UnixEpoch.AddDays(1), force: true);

        Assert.Equal([PokeField.Event, PokeField.Field, PokeField.WallClock], pokes.Pokes.Select(poke => poke.Kind));
        Assert.Equal(4711ul, pokes.Pokes[1].After);
    }

    [Fact]
    public void AChannelIsRepairedThere()
    {
        bed.NeedDaemon();
        var stuck = bed.StandIn(
            "stuck",
            $"eval set -- \"$1\"; verb=$2; shift 2; exec {CliProgram.Location} $verb --target simulated:16:3 \"$@\"");
        using var here = new SimulatedTarget(16, 3);
        using var far = RemoteTarget.Open(stuck);
        var guest = here.Guest(Simulated.SimulatedTargetTests.DomainOf(here, SimulatedKind.PvStuck));
        var pokes = new RecordingPokes();

        new PokeRunner(far, pokes).Repair(guest.Plan.DomId, PokeTest.Disk(guest), unmask: true);

        Assert.NotEmpty(pokes.Proposals);
        Assert.Contains(pokes.Pokes, poke => poke.Action == PokeAction.Send);
    }

    [Fact]
    public void AWriteIsUndoneIfItsValueIsStillThere()
    {
        bed.NeedDaemon();
        using var far = RemoteTarget.Open(new SshDestination("far"));
        var (pokes, undone) = (new RecordingPokes(), new RecordingPokes());
        new PokeRunner(far, pokes).SetPort(Guest, Port, masked: true);
        // The remote end is a new host for each request, on which the bit is clear, as this record states that it was written.
        var cleared = pokes.Pokes[0] with { Before = 1, After = 0 };

        new PokeRunner(far, undone).Undo(cleared);

        Assert.Equal((0ul, 1ul, cleared.Id), (undone.Pokes[0].Before, undone.Pokes[0].After, undone.Pokes[0].Undoes));
        var error = Assert.Throws<XenException>(() => new PokeRunner(far, undone).Undo(pokes.Pokes[0]));
        Assert.Equal(XenErrorId.PokeLostRace, error.Id);
        Assert.StartsWith("far: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AGuardThereRefuses()
    {
        bed.NeedDaemon();
        using var far = RemoteTarget.Open(new SshDestination("far"));
        var pokes = new RecordingPokes();

        var error = Assert.Throws<XenException>(() => new PokeRunner(far, pokes).SetPort(Guest, 4000, masked: null, pending: true));

        Assert.Equal((XenErrorId.PokeRefused, Guest, 4000u), (error.Id, error.DomId, error.Port));
        Assert.Empty(pokes.Proposals);
    }

    [Theory]
    [InlineData("--undo")]
    [InlineData("$(touch evil)")]
    [InlineData("'; reboot; '")]
    [InlineData("@file")]
    public void AFieldIsNothingButItsName(string field)
    {
        bed.NeedDaemon();
        using var far = RemoteTarget.Open(new SshDestination("far"));

        var error = Assert.Throws<XenException>(() => new PokeRunner(far, new RecordingPokes()).SetField(Guest, field, 1));

        Assert.Equal(XenErrorId.PokeRefused, error.Id);
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ends", "exit 0", XenErrorId.HostUnreachable)]
    [InlineData(
        "dies",
        "echo '{\"kind\":\"proposal\",\"domId\":1,\"changes\":[\"x\"]}'; read -r answer; kill -9 $$",
        XenErrorId.HostUnreachable
    )]
    [InlineData("babbles", "echo 'Welcome!'", XenErrorId.FileDamaged)]
    [InlineData("never-stops", "exec yes '{\"kind\":\"proposal\"}'", XenErrorId.FileDamaged)]
    public void AFarEndThatDoesNotKeepToItIsOneError(string name, string script, XenErrorId id)
    {
        var destination = bed.StandIn(
            $"poke-{name}",
            $"case $1 in *capture*) hello >&2; exec cat $BED/good.xencap ;; esac\nhello; read -r request\n{script}");
        using var far = RemoteTarget.Open(destination);

        var error = Assert.Throws<XenException>(() =>
            Watchdog.Ends(() => new PokeRunner(far, new RecordingPokes()).SetPort(Guest, Port, true)));

        Assert.Equal(id, error.Id);
        Assert.Contains("read the domain", error.Message, StringComparison.OrdinalIgnoreCase);
    }
}
