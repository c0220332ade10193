using XenShared.Layout;
using XenShared.Poking;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Poking;

/// <summary>Checks that a repair restores a guest that a wrong poke made hang.</summary>
public sealed class ChannelRepairTests : PokeTest
{
    [Fact]
    public void AChannelThatIsStuckMaskedAndPendingIsHandled()
    {
        var guest = Guest(SimulatedKind.PvStuck);
        Assert.True(After(guest).IsWedged);

        Runner().Repair(guest.Plan.DomId, Disk(guest), unmask: true);

        Assert.True(After(guest).IsWell, $"{guest.Health}");
        Assert.Equal([PokeField.Mask, PokeField.Pending, PokeField.Event], Pokes.Pokes.Select(poke => poke.Kind));
        Assert.Equal(3, Assert.Single(Pokes.Proposals).Changes.Count);
    }

    [Fact]
    public void AGuestWithEveryPortMaskedIsOpenedOneByOne()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        guest.IsPaused = true;
        var ports = guest
            .Ports.Values.Where(port => port.Reading is { State: not null and not ChannelState.Ipi })
            .Select(port => port.Reading)
            .OrderByDescending(port => port.RemoteDomId == 0)
            .ToArray();
        // The evidence for two-level channels remains.
        foreach (var port in ports)
        {
            SetByHand(guest, SharedInfoLayout.X86_64.MaskOffset, port.Port);
            guest.Raise(port.Port);
        }
        guest.IsPaused = false;
        Assert.True(After(guest).IsWedged);

        foreach (var port in ports) Runner().Repair(guest.Plan.DomId, port.Port, unmask: true);

        Assert.True(After(guest).IsWell, $"{guest.Health}");
        Assert.All(ports, port =>
            Assert.Equal(
                0ul,
                AtomicField.Read(guest.SharedPage(), SharedInfoLayout.X86_64.MaskOffset + (int)(port.Port / 32) * 4, 4)
                    >> (int)(port.Port % 32)
                    & 1));
    }

    [Fact]
    public void AMaskIsNotClearedWithoutARequest()
    {
        var guest = Guest(SimulatedKind.PvStuck);

        var error = Assert.Throws<XenException>(() => Runner().Repair(guest.Plan.DomId, Disk(guest), unmask: false));

        Assert.Equal(XenErrorId.PokeRefused, error.Id);
        Messages.AssertSentence(error.Message, guest.Plan.DomId);
        Assert.Empty(Pokes.Pokes);
    }

    [Fact]
    public void AGuestThatLostAnEventIsWoken()
    {
        var guest = Guest(SimulatedKind.PvLost);
        Assert.True(After(guest).IsWedged);

        Runner().Repair(guest.Plan.DomId, Disk(guest), unmask: false);

        Assert.True(After(guest).IsWell, $"{guest.Health}");
    }

    [Fact]
    public void AChannelWithoutALocalEndIsHandledByAnEventOnItsNeighbour()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        var peer = Port(guest, port => port.Reading is { State: ChannelState.Interdomain, RemoteDomId: > 0 });
        // Its other end has sent an event, which was lost between two bits.
        guest.IsPaused = true;
        guest.Raise(peer);
        AtomicField.ClearBits(guest.Memory.Page(guest.Vcpus[0].RecordFrame), guest.Vcpus[0].RecordOffset + 8, 8, ulong.MaxValue);
        guest.IsPaused = false;
        Assert.True(After(guest).IsWedged);

        Runner().Repair(guest.Plan.DomId, peer, unmask: false);

        Assert.True(After(guest).IsWell, $"{guest.Health}");
    }

    [Fact]
    public void AnUnconsumedNotificationIsSentAgain()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        var peer = Port(guest, port => port.Reading is { State: ChannelState.Interdomain, RemoteDomId: > 0 });
        guest.IsPaused = true;
        foreach (var port in guest.Ports.Values.Where(port =>
                port.Reading.State == ChannelState.Interdomain && port.Reading.Port / 64 == peer / 64))
            guest.Raise(port.Reading.Port);
        AtomicField.ClearBits(guest.Memory.Page(guest.Vcpus[0].RecordFrame), guest.Vcpus[0].RecordOffset + 8, 8, ulong.MaxValue);
        guest.IsPaused = false;
        Assert.True(After(guest).IsWedged);

        Runner().Repair(guest.Plan.DomId, peer, unmask: false);

        Assert.True(After(guest).IsWell, $"{guest.Health}");
        Assert.Equal([PokeField.Pending, PokeField.Event], Pokes.Pokes.Select(poke => poke.Kind));
        Assert.All(Pokes.Pokes, poke => Assert.NotEqual(peer, poke.Port));
    }

    [Fact]
    public void AVcpuThatSleepsOverAHandSetUpcallIsWoken()
    {
        var guest = Guest(SimulatedKind.MiniOsIdle);
        Runner().SetVcpu(guest.Plan.DomId, 0, upcallPending: true, force: true);
        Assert.True(After(guest).IsWedged);

        Runner().Repair(guest.Plan.DomId, Port(guest, "console"), unmask: false);

        Assert.True(After(guest).IsWell, $"{guest.Health}");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AnEventThatComesBeforeItIsWrittenDoesNotKeepTheSleeperAsleep(bool isItsOwn)
    {
        var guest = Guest(SimulatedKind.MiniOsIdle);
        // An event in another word would make the guest check this one too.
        guest.Close(Disk(guest));
        guest.IsPaused = true;
        guest.Vcpus[0].IsBlocked = true;
        Runner().SetVcpu(guest.Plan.DomId, 0, upcallPending: true, force: true);
        // The event stops at the upcall. Later events stop at its selector bit or its pending bit.
        var pokes = new RecordingPokes
        {
            OnConfirm = () =>
        {
            guest.Raise(isItsOwn ? Port(guest, "console") : Timer(guest));
            guest.IsPaused = false;
        }
        };

        new PokeRunner(Target, pokes).Repair(guest.Plan.DomId, Port(guest, "console"), unmask: false);

        Assert.True(After(guest).IsWell, $"{guest.Health}");
        Assert.Equal(
            [PokeField.UpcallPending, PokeField.PendingSelector, PokeField.Event],
            pokes.Pokes.Select(poke => poke.Kind).Where(field => field != PokeField.Pending));
        Assert.Contains("if it has changed by then", pokes.Proposals[0].Text, StringComparison.Ordinal);
    }

    [Fact]
    public void AFifoGuestIsWokenByTheEventAlone()
    {
        var guest = Guest(SimulatedKind.PvFifo);
        var handled = guest.Handled(Disk(guest));

        Runner().Repair(guest.Plan.DomId, Disk(guest), unmask: false);

        Assert.Equal(PokeField.Event, Assert.Single(Pokes.Pokes).Kind);
        guest.Advance(2);
        Assert.True(guest.Handled(Disk(guest)) > handled);
    }

    [Fact]
    public void AGuestThatDoesNotRunIsReported()
    {
        var guest = Guest(SimulatedKind.PvStuck);
        guest.IsPaused = true;

        var error = Assert.Throws<XenException>(() => Runner().Repair(guest.Plan.DomId, Disk(guest), unmask: true));

        Assert.Equal(XenErrorId.WaitTimedOut, error.Id);
        Messages.AssertSentence(error.Message, guest.Plan.DomId);
    }

    // Linux handles no event of a channel whose last one has not ended, and that takes the timer.
    [Fact]
    public void AMaskedTimerIsUnmaskedFirstAndOnlyIfMasksMayBeCleared()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        var (domId, console, timer) = (guest.Plan.DomId, guest.ConsolePort!.Value, Timer(guest));
        Runner().SetPort(domId, timer, masked: true, force: true);
        guest.Raise(console);
        guest.Advance(1);
        AtomicField.ClearBits(guest.SharedPage(), SharedInfoLayout.X86_64.MaskOffset, 4, 1u << (int)console);

        var error = Assert.Throws<XenException>(() => Runner().Repair(domId, console, unmask: false));

        Assert.Equal(XenErrorId.WaitTimedOut, error.Id);
        Assert.Contains($"port {timer}, is masked, so repair port {console} and unmask it", error.Message, StringComparison.Ordinal);
        Messages.AssertSentence(error.Message, domId);
        Runner().Repair(domId, console, unmask: true);
        Assert.True(After(guest).IsWell, $"{guest.Health}");
    }

    [Fact]
    public void WithoutConsentNothingIsWritten()
    {
        var guest = Guest(SimulatedKind.PvStuck);

        new PokeRunner(Target, new RecordingPokes { Agrees = false }).Repair(guest.Plan.DomId, Disk(guest), unmask: true);

        Assert.Equal(0, Target.WritableMappings.InAll);
        Assert.True(After(guest).IsWedged);
    }
}
