using XenShared.Layout;
using XenShared.Poking;
using XenShared.Targets.Simulated;

namespace XenShared.Tests.Poking;

/// <summary>
/// Tests pokes of guests that are busy: they print a line every 0.3 s, read typed text, and use their disk. An idle guest would not show
/// what depends on its timer.
/// </summary>
public sealed class WorkingGuestTests : PokeTest
{
    private const int Rounds = 40;

    private static readonly SimulatedKind[] s_kinds =
    [
        SimulatedKind.PvTwoLevel, SimulatedKind.PvFifo, SimulatedKind.PvhTwoLevel, SimulatedKind.PvhFifo, SimulatedKind.Pv32TwoLevel,
        SimulatedKind.HvmTwoLevel, SimulatedKind.HvmFifo,
        SimulatedKind.MiniOsIdle, SimulatedKind.MiniOsBusy,
    ];

    public static TheoryData<SimulatedKind> Kinds => [.. s_kinds];

    public static TheoryData<string> Attempts =>
        ["undo", "unmask", "repair", "repair and unmask", "repair of the console", "repair of the console and unmask"];

    public static TheoryData<SimulatedKind, int> RandomRuns =>
        [.. s_kinds.SelectMany(kind => Enumerable.Range(0, 12).Select(seed => (kind, seed)))];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ATimerIsNotMaskedWithoutForce(SimulatedKind kind)
    {
        var guest = Guest(kind);
        guest.Work();
        guest.Advance(50);
        var options = new PokeOptions { Locator = new GuestMemoryLocator(Target) };
        foreach (var port in guest.Ports.Values.Where(port => port.Reading.State == ChannelState.VirtualIrq).ToArray())
            AssertRefused(guest, PokeGuard.NotVirq, () => Runner(options).SetPort(guest.Plan.DomId, port.Reading.Port, masked: true));

        // With force the poke is made, and the guest hangs.
        Runner(options).SetPort(guest.Plan.DomId, Timer(guest), masked: true, force: true);
        Assert.True(After(guest).IsWedged, $"{guest.Health}");
    }

    [Fact]
    public void AnUndoThatWouldMaskATimerIsRefused()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        Runner().SetPort(guest.Plan.DomId, Timer(guest), masked: true, force: true);
        Runner().Repair(guest.Plan.DomId, Timer(guest), unmask: true);
        var unmasked = Pokes.Pokes.Single(poke => poke is { Kind: PokeField.Mask, After: 0 });

        AssertRefused(guest, PokeGuard.NotVirq, () => Runner().Undo(unmasked));
    }

    // The guest of the real host: the xenstore channel is on vCPU 1, and vCPU 0 has its console and its timer alone.
    [Theory]
    [MemberData(nameof(Attempts))]
    public void AGuestWithAMaskedTimerRespondsAgainAfterEveryFirstAttempt(string attempt)
    {
        var guest = HangTwoVcpus();
        var (domId, console, timer) = (guest.Plan.DomId, guest.ConsolePort!.Value, Timer(guest));
        var follower = new AdviceFollower(Target, guest);

        var deadEnd = follower.Follow(attempt, attempt switch
        {
            "undo" => () => Runner().Undo(Pokes.Pokes[0]),
            "unmask" => () => Runner().SetPort(domId, timer, masked: false),
            "repair" => () => Runner().Repair(domId, timer, unmask: false),
            "repair and unmask" => () => Runner().Repair(domId, timer, unmask: true),
            "repair of the console" => () => Runner().Repair(domId, console, unmask: false),
            _ => () => Runner().Repair(domId, console, unmask: true),
        });

        Assert.True(deadEnd is null, $"{deadEnd}: {string.Join(" -> ", follower.Trail)}");
        AssertWorks(guest, string.Join(" -> ", follower.Trail));
    }

    [Fact]
    public void APlanIsShownAndConfirmedOnce()
    {
        var guest = HangTwoVcpus();
        var (domId, console, timer) = (guest.Plan.DomId, guest.ConsolePort!.Value, Timer(guest));
        var shown = new RecordingPokes { Agrees = false };
        new PokeRunner(Target, shown).Repair(domId, timer, unmask: true);
        Assert.True(guest.Health.IsWedged);

        var pokes = new RecordingPokes();
        new PokeRunner(Target, pokes).Repair(domId, timer, unmask: true);

        var proposal = Assert.Single(pokes.Proposals);
        Assert.Equal(Assert.Single(shown.Proposals).Changes, proposal.Changes);
        Assert.Equal(
            [
                $"unmask port {timer}",
                $"unmask port {console} (console)",
                $"clear the pending bit of port {console} (console)",
                $"send an event to port {console} (console)",
            ],
            proposal.Changes);
        Assert.Collection(proposal.Details,
            change => Assert.StartsWith($"evtchn_mask[port {timer}]", change, StringComparison.Ordinal),
            change => Assert.StartsWith($"evtchn_mask[port {console}]", change, StringComparison.Ordinal),
            change => Assert.StartsWith($"evtchn_pending[port {console}]", change, StringComparison.Ordinal),
            change => Assert.StartsWith($"event on port {console}", change, StringComparison.Ordinal));
        AssertWorks(guest, "the repair");
    }

    [Fact]
    public void ARepairUsesAChannelOfAnotherWordWhereTheRecordIsKnown()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        var domId = guest.Plan.DomId;
        var peer = Port(guest, port => port.Reading is { State: ChannelState.Interdomain, RemoteDomId: > 0 });
        foreach (var port in guest.Ports.Values.Where(port => NotificationChannel.EndsAtControl(port.Reading)
            && port.Reading.Port / 64 == peer / 64).ToArray()) guest.Close(port.Reading.Port);
        var layout = guest.Plan.Layout;
        guest.IsPaused = true;
        guest.Raise(peer);
        AtomicField.ClearBits(guest.Memory.Page(guest.Vcpus[0].RecordFrame),
            guest.Vcpus[0].RecordOffset + layout.Vcpu.PendingSelector.Offset, 8, ulong.MaxValue);
        guest.IsPaused = false;
        Assert.True(After(guest).IsWedged);
        var error = Assert.Throws<XenException>(() => Runner().Repair(domId, peer, unmask: false));
        Assert.Contains("restart the guest", error.Message, StringComparison.Ordinal);

        Runner(new PokeOptions { Locator = new GuestMemoryLocator(Target) }).Repair(domId, peer, unmask: false);

        Assert.True(After(guest).IsWell, $"{guest.Health}");
        Assert.Equal([PokeField.PendingSelector, PokeField.Event], Pokes.Pokes.Select(poke => poke.Kind));
    }

    // Masks each channel with force while the guest works. Whatever the reason why the undo is refused, following the advice restores the
    // guest, or the advice states that nothing can be done.
    [Theory]
    [MemberData(nameof(Kinds))]
    public void TheAdviceAgainstARefusedUndoEndsForEveryChannel(SimulatedKind kind)
    {
        foreach (var port in Guest(kind).Ports.Keys.ToArray())
        {
            using var target = new SimulatedTarget(15, seed: 3);
            var guest = target.Guest(Domain(kind));
            if (guest.Ports[port].Reading.State is null || guest.Ports[port].IsPolled) continue;
            var options = new PokeOptions { Locator = new GuestMemoryLocator(target) };
            guest.Work();
            guest.Advance(50);
            var pokes = new RecordingPokes();
            new PokeRunner(target, pokes) { Options = options }.SetPort(guest.Plan.DomId, port, masked: true, force: true);
            TypeAndWait(guest);
            var follower = new AdviceFollower(target, guest);

            var deadEnd = follower.Follow("undo", () => new PokeRunner(target, pokes) { Options = options }.Undo(pokes.Pokes[0]));

            guest.Advance(300);
            var trail = string.Join(" -> ", follower.Trail);
            // A FIFO guest, or a vCPU without a channel to the control domain, cannot be repaired from outside, and the advice states this.
            if (deadEnd is not null) Assert.True(guest.Health.IsWell
                || deadEnd.Contains("restart the guest", StringComparison.OrdinalIgnoreCase), $"port {port}: {trail}");
            else Assert.True(guest.Health.IsWell, $"port {port}: {guest.Health}: {trail}");
            if (guest.Plan.Abi == EventAbi.TwoLevel
                && guest.Ports[port].Reading is { Vcpu: 0, State: not ChannelState.Ipi }) Assert.True(guest.Health.IsWell,
                $"port {port}: {guest.Health}: {trail}");
        }
    }

    // Guarded pokes do not stop the guest from printing. Channels that they masked are repaired at the end. The guest then reads typed text
    // and uses its disk again.
    [Theory]
    [MemberData(nameof(RandomRuns))]
    public void RandomGuardedPokesDoNotStopAGuestThatWorks(SimulatedKind kind, int seed)
    {
        using var target = new SimulatedTarget(15, seed);
        var guest = target.Guest(Domain(kind));
        var options = new PokeOptions { Locator = new GuestMemoryLocator(target) };
        var random = new Random(seed);
        var pokes = new RecordingPokes();
        var done = new List<string>();
        guest.Work();
        guest.Advance(50);
        for (var round = 0; round < Rounds; round++)
        {
            if (random.Next(3) == 0) guest.Type();
            guest.Advance(random.Next(60));
            var (name, poke) = RandomPoke(target, pokes, options, guest, random);
            done.Add(name);
            var follower = new AdviceFollower(target, guest, options);
            follower.Follow(name, poke);
            done.AddRange(follower.Trail.Skip(1));
            var printed = guest.Lines.Printed;
            guest.Advance(150);
            Assert.True(guest.Lines.Printed > printed && !guest.Health.IsCorrupted, $"{guest.Health}\n{string.Join('\n', done)}");
        }
        foreach (var port in target.ReadPorts(guest.Plan.DomId).Bound.Where(port => NotificationChannel.EndsAtControl(port)).ToArray())
            new PokeRunner(target, pokes) { Options = options }.Repair(guest.Plan.DomId, port.Port, unmask: true);
        foreach (var port in pokes.Pokes.Where(poke => poke is { Kind: PokeField.Mask, After: 1 }).Select(poke => poke.Port!.Value)
            .Distinct().ToArray())
            new PokeRunner(target, pokes) { Options = options }.Repair(guest.Plan.DomId, port, unmask: true);

        AssertWorks(guest, string.Join('\n', done));
    }

    private static (string Name, Action Poke) RandomPoke(SimulatedTarget target, RecordingPokes pokes, PokeOptions options,
        SimulatedGuest guest, Random random)
    {
        var domId = guest.Plan.DomId;
        var ports = target.ReadPorts(domId).Bound;
        var port = ports[random.Next(ports.Count)].Port;
        bool Bit() => random.Next(2) == 0;
        var (value, second) = (Bit(), Bit());
        var runner = new PokeRunner(target, pokes) { Options = options };
        switch (random.Next(12))
        {
            case < 3:
                return ($"send {port}", () => runner.Send(domId, port));
            case < 7:
                return ($"mask {port} {value}", () => runner.SetPort(domId, port, value));
            case < 8:
                return ($"mask {port} {value} pending {second}", () =>
                    runner.SetPort(domId, port, value, second));
            case < 9:
                return ($"repair {port} {value}", () => runner.Repair(domId, port, value));
            case < 10 when pokes.Pokes.Count > 0:
                var poke = pokes.Pokes[random.Next(pokes.Pokes.Count)];
                return ($"undo {poke.Field} {poke.Before}->{poke.After}", () =>
                    runner.Undo(poke));
            default:
                ulong? selector = Bit() ? (ulong)random.Next(4) : null;
                return ($"vcpu 0 {value} {selector}", () =>
                    runner.SetVcpu(domId, 0, value, null, selector));
        }
    }

    private SimulatedGuest HangTwoVcpus()
    {
        var domId = Domain(SimulatedKind.PvTwoLevel);
        Target.Replace(domId, vcpuCount: 2);
        var guest = Target.Guest(domId);
        foreach (var node in (string[])["device/vif", "device/vbd", "device/vkbd"]) guest.Close(Port(guest, node));
        var store = guest.Ports[Port(guest, "store")];
        guest.Bind(store with { Reading = store.Reading with { Vcpu = 1 } });
        guest.Work();
        guest.Advance(100);
        Assert.True(guest.Health.IsWell && guest.Lines.Printed > 0, $"{guest.Health}");
        Runner().SetPort(domId, Timer(guest), masked: true, force: true);
        TypeAndWait(guest);
        // Its console has been waiting for the timer, so it is masked too.
        Assert.True(guest.Health.IsWedged
            && PokeContext.Create(Target, domId, TimeSpan.Zero, null, default).IsMasked(guest.ConsolePort!.Value), $"{guest.Health}");
        return guest;
    }

    private static void TypeAndWait(SimulatedGuest guest)
    {
        for (var line = 0; line < 4; line++)
        {
            guest.Type();
            guest.Advance(70);
        }
    }

    private static void AssertWorks(SimulatedGuest guest, string how)
    {
        // A delayed event ends within half a second.
        guest.Advance(100);
        var (printed, read) = guest.Lines;
        var disk = guest.Ports.Values.FirstOrDefault(port =>
            port.Node?.StartsWith("device/vbd", StringComparison.Ordinal) == true)?.Reading.Port;
        var handled = disk is { } first ? guest.Handled(first) : 0;
        guest.Type();
        guest.Advance(300);
        Assert.True(guest.Health.IsWell, $"{guest.Health}\n{how}");
        Assert.True(guest.Lines.Printed >= printed + 5, how);
        if (guest.ConsolePort is not null && guest.Plan.IsLinux) Assert.True(guest.Lines.Read > read, how);
        if (disk is { } last) Assert.True(guest.Handled(last) > handled, how);
    }
}
