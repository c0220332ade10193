using XenShared.Layout;
using XenShared.Poking;
using XenShared.Targets.Simulated;
using XenShared.Tests.Support;

namespace XenShared.Tests.Poking;

/// <summary>
/// Tests events that arrive while a bit of their delivery chain is cleared: after the last check of the guards, and before the write.
/// </summary>
public sealed class LateEventTests : PokeTest
{
    private static readonly PokeOptions s_unchecked = new() { DisabledGuards = new HashSet<PokeGuard> { PokeGuard.Delivery } };
    private static readonly PokeOptions s_anyRecord = new() { DisabledGuards = new HashSet<PokeGuard> { PokeGuard.SlotLive } };
    private static readonly PokeOptions s_anyRecordUnchecked = new()
    {
        DisabledGuards = new HashSet<PokeGuard> { PokeGuard.SlotLive, PokeGuard.Delivery },
    };

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AnEventOnAPortThatIsUnmaskedIsSentAgain(bool isChecked)
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        guest.IsPaused = true;
        var disk = Disk(guest);
        SetByHand(guest, SharedInfoLayout.X86_64.MaskOffset, disk);

        new PokeRunner(Raising(guest, disk, Looks(guest, TimeSpan.Zero) + 1), Pokes) { Options = isChecked ? new() : s_unchecked }.SetPort(
            guest.Plan.DomId,
            disk,
            masked: false);

        guest.IsPaused = false;
        Assert.Equal(isChecked, After(guest).IsWell);
        Assert.Equal(
            isChecked ? 1 : 0,
            Pokes.Pokes.Count(poke => poke is { Kind: PokeField.Event, Note: "notified again, because an event came at the same moment" }));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AnEventThatStopsAtAClearedUpcallIsSentAgain(bool isChecked)
    {
        var guest = Guest(SimulatedKind.MiniOsIdle);
        guest.IsPaused = true;
        // An event in another word would make the guest check this one too.
        guest.Close(Disk(guest));
        Runner().SetVcpu(guest.Plan.DomId, 0, upcallPending: true, force: true);

        new PokeRunner(Raising(guest, Timer(guest), Looks(guest, new PokeOptions().SampleTime) + 1), Pokes)
        {
            Options = isChecked ? s_anyRecord : s_anyRecordUnchecked,
        }.SetVcpu(guest.Plan.DomId, 0, upcallPending: false);

        guest.IsPaused = false;
        Assert.Equal(isChecked, After(guest).IsWell);
    }

    [Fact]
    public void NothingIsSentWhereNoneCame()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        guest.IsPaused = true;
        var disk = Disk(guest);
        Runner().SetPort(guest.Plan.DomId, disk, masked: true);

        Runner().SetPort(guest.Plan.DomId, disk, masked: false);

        Assert.Equal([PokeField.Mask, PokeField.Mask], Pokes.Pokes.Select(poke => poke.Kind));
        guest.IsPaused = false;
        Assert.True(After(guest).IsWell, $"{guest.Health}");
    }

    [Fact]
    public void AnEventThatCannotBeSentAgainIsAWarning()
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        CloseBells(guest);
        var record = guest.Memory.Page(guest.Vcpus[0].RecordFrame);
        var target = new SleepyTarget(Target, () =>
        {
            guest.IsPaused = guest.Vcpus[0].IsBlocked = true;
            // The event stops at the upcall that the poke set, which the undo is about to clear.
            if (AtomicField.Read(record, guest.Vcpus[0].RecordOffset, 1) != 0) guest.Raise(Timer(guest));
        });

        Assert.Equal(
            XenErrorId.PokeLostRace,
            Assert.Throws<XenException>(() => new PokeRunner(target, Pokes).SetVcpu(guest.Plan.DomId, 0, upcallPending: true)).Id);

        var warning = Assert.Single(Pokes.Warnings);
        Assert.Contains("was not notified of an event", warning, StringComparison.Ordinal);
        Messages.AssertSentence(warning, guest.Plan.DomId);
    }

    [Fact]
    public void IfNoEventCanBeSentAgainNothingIsCleared()
    {
        var guest = Guest(SimulatedKind.MiniOsIdle);
        CloseBells(guest);
        SetByHand(guest, SharedInfoLayout.X86_64.MaskOffset, Timer(guest));

        foreach (var poke in (Action[])
                [
                    () => Runner().SetPort(guest.Plan.DomId, Timer(guest), masked: false),
                    () => Runner(s_anyRecord).SetVcpu(guest.Plan.DomId, 0, upcallPending: false),
                ])
        {
            var error = Assert.Throws<XenException>(poke);
            Assert.Equal(XenErrorId.PokeRefused, error.Id);
            Assert.Contains($"({nameof(PokeGuard.Repairable)})", error.Message, StringComparison.Ordinal);
            Messages.AssertSentence(error.Message, guest.Plan.DomId);
        }
    }

    [Fact]
    public void APortThatIsItsOwnNotificationChannelIsUnmaskedAlthoughAllOthersAreMasked()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        guest.IsPaused = true;
        foreach (var port in guest.Ports.Values.Where(port => port.Reading is { State: not null and not ChannelState.Ipi }))
            SetByHand(guest, SharedInfoLayout.X86_64.MaskOffset, port.Reading.Port);

        Assert.Equal(
            XenErrorId.PokeRefused,
            Assert.Throws<XenException>(() => Runner().SetPort(guest.Plan.DomId, Timer(guest), masked: false)).Id);
        Runner().SetPort(guest.Plan.DomId, Port(guest, "console"), masked: false);
        Runner().SetPort(guest.Plan.DomId, Timer(guest), masked: false);

        Assert.Equal([0ul, 0ul], Pokes.Pokes.Select(poke => poke.After!.Value));
    }

    // Returns the number of reads of the page before a poke. The next read is immediately before the write.
    private int Looks(SimulatedGuest guest, TimeSpan sampleTime)
    {
        var looks = 0;
        PokeContext.Create(new SleepyTarget(Target, () => looks++), guest.Plan.DomId, sampleTime, null, default);
        return looks;
    }

    private SleepyTarget Raising(SimulatedGuest guest, uint port, int look)
    {
        var looks = 0;
        return new SleepyTarget(Target, () =>
        {
            if (++looks == look) guest.Raise(port);
        });
    }
}
