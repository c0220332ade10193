using XenShared.Guests.Deduction;
using XenShared.Guests.Memory;
using XenShared.Layout;
using XenShared.Poking;
using XenShared.Targets.Simulated;

namespace XenShared.Tests.Poking;

/// <summary>
/// Tests pokes of FIFO guests whose event array or vCPU record has been located: only the mask bit is written, by the rules of the
/// protocol.
/// </summary>
public sealed class EventWordPokeTests : PokeTest, IPokeLocator
{
    private ulong _movedBy;

    private SimulatedGuest Fifo => Guest(SimulatedKind.PvFifo);

    private PokeOptions Located => new() { Locator = this };

    GuestAddress? IPokeLocator.FindEventWord(GuestInspection guest, uint port) =>
        new GuestAddress(Pfn: 0, _movedBy + Target.Guest(guest.Domain.DomId).ArrayFrame, (int)port * 4);

    GuestAddress? IPokeLocator.FindVcpuRecord(GuestInspection guest, int vcpu) =>
        Target.Guest(guest.Domain.DomId).Vcpus[vcpu] is { } found ? new GuestAddress(Pfn: 0, found.RecordFrame, found.RecordOffset) : null;

    [Fact]
    public void AMaskIsSetAndUndone()
    {
        var disk = Disk(Fifo);
        Fifo.IsPaused = true;
        var before = Fifo.Memory.Page(Fifo.ArrayFrame).ToArray();

        Runner(Located).SetPort(Fifo.Plan.DomId, disk, masked: true);

        Assert.True(new EventWord(Word(disk)).IsMasked);
        var poke = Assert.Single(Pokes.Pokes);
        Assert.Equal((PokeField.EventWordMask, Fifo.ArrayFrame, 0ul, 1ul), (poke.Kind, poke.Frame, poke.Before, poke.After));
        Runner(Located).Undo(poke);
        Assert.Equal(before, Fifo.Memory.Page(Fifo.ArrayFrame));
        // Without the locator, it is not known whether the place is still the same.
        Assert.Equal(XenErrorId.PokeRefused, Assert.Throws<XenException>(() => Runner().Undo(poke, force: true)).Id);
    }

    [Fact]
    public void AMaskOverAnEventInNoQueueIsNotClearedAlone()
    {
        var timer = Timer(Fifo);
        AssertRefused(Fifo, PokeGuard.NotVirq, () => Runner(Located).SetPort(Fifo.Plan.DomId, timer, masked: true));
        Runner(Located).SetPort(Fifo.Plan.DomId, timer, masked: true, force: true);
        Fifo.Advance(50);
        Assert.True(new EventWord(Word(timer)) is { IsPending: true, IsMasked: true, IsLinked: false });
        var refused = Assert.Throws<XenException>(() => Runner(Located).SetPort(Fifo.Plan.DomId, timer, masked: false));
        Assert.Equal(XenErrorId.PokeRefused, refused.Id);
        Assert.Contains(nameof(PokeGuard.Delivery), refused.Message, StringComparison.Ordinal);

        Runner(Located).SetPort(Fifo.Plan.DomId, timer, masked: false, force: true);

        Assert.True(After(Fifo).IsWedged);
    }

    [Fact]
    public void AMaskOverAnEventInAQueueMayBeCleared()
    {
        var disk = Disk(Fifo);
        Fifo.IsPaused = true;
        Fifo.Raise(disk);
        Runner(Located).SetPort(Fifo.Plan.DomId, disk, masked: true);

        Runner(Located).SetPort(Fifo.Plan.DomId, disk, masked: false);
        Fifo.IsPaused = false;

        Assert.True(After(Fifo).IsWell, $"{Fifo.Health}");
    }

    [Fact]
    public void AStuckChannelIsRepaired()
    {
        var disk = Disk(Fifo);
        Runner(Located).SetPort(Fifo.Plan.DomId, disk, masked: true);
        Fifo.Raise(disk);
        Assert.True(After(Fifo).IsWedged);

        Runner(Located).Repair(Fifo.Plan.DomId, disk, unmask: true);

        Assert.True(After(Fifo).IsWell, $"{Fifo.Health}");
    }

    /// <summary>Checks that no event is sent that Xen would not deliver, as for two-level channels.</summary>
    [Fact]
    public void AMaskedPortIsRepairedOnlyIfItMayBeUnmasked()
    {
        var disk = Disk(Fifo);
        Runner(Located).SetPort(Fifo.Plan.DomId, disk, masked: true);
        Fifo.Raise(disk);
        var pokes = Pokes.Pokes.Count;

        var refused = Assert.Throws<XenException>(() => Runner(Located).Repair(Fifo.Plan.DomId, disk, unmask: false));

        Assert.Equal(XenErrorId.PokeRefused, refused.Id);
        Assert.Contains(nameof(PokeGuard.Delivery), refused.Message, StringComparison.Ordinal);
        Assert.Equal(pokes, Pokes.Pokes.Count);
        Runner(Located).Repair(Fifo.Plan.DomId, disk, unmask: true);
        Assert.True(After(Fifo).IsWell, $"{Fifo.Health}");
    }

    [Fact]
    public void WhatIsNoEventWordIsNotWrittenEvenWithForce()
    {
        var disk = Disk(Fifo);
        AtomicField.SetBits(Fifo.Memory.Page(Fifo.ArrayFrame), (int)disk * 4, 4, 1u << 20);

        var error = Assert.Throws<XenException>(() =>
            Runner(Located).SetPort(Fifo.Plan.DomId, disk, masked: true, force: true));

        Assert.Equal(XenErrorId.PokeRefused, error.Id);
        Assert.Contains(nameof(PokeGuard.InsideStructure), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnArrayThatIsElsewhereByThenIsNotWrittenEvenWithForce()
    {
        var before = Fifo.Memory.Page(Fifo.ArrayFrame).ToArray();
        Fifo.IsPaused = true;
        Target.WhileMapped = _ => _movedBy = 1;

        var error = Assert.Throws<XenException>(() =>
            Runner(Located).SetPort(Fifo.Plan.DomId, Disk(Fifo), masked: true, force: true));

        Assert.Contains(nameof(PokeGuard.FrameStays), error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Fifo.Memory.Page(Fifo.ArrayFrame));
    }

    [Fact]
    public void APendingBitIsNeverSetInAnEventWord()
    {
        var error = Assert.Throws<XenException>(() =>
            Runner(Located).SetPort(Fifo.Plan.DomId, Disk(Fifo), masked: true, pending: true, force: true));

        Assert.Equal(XenErrorId.PokeRefused, error.Id);
    }

    [Fact]
    public void ALocatedRecordIsPokedWhereItIs()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        var vcpu = guest.Vcpus[0];
        vcpu.IsBlocked = false;
        var target = new SleepyTarget(Target, () => vcpu.IsBlocked = false);
        guest.IsPaused = true;

        new PokeRunner(target, Pokes) { Options = Located }.SetVcpu(guest.Plan.DomId, 0, upcallPending: true, selector: 1);

        Assert.All(Pokes.Pokes, poke => Assert.Equal(vcpu.RecordFrame, poke.Frame));
        Assert.Equal(1, guest.Memory.Page(vcpu.RecordFrame)[vcpu.RecordOffset]);
        guest.IsPaused = false;
        Assert.True(After(guest).IsWell, $"{guest.Health}");
    }

    [Fact]
    public void AnUpcallOfAGuestThatNeedsAnInterruptIsRefused()
    {
        var guest = Guest(SimulatedKind.PvhTwoLevel);
        guest.Vcpus[0].IsBlocked = false;
        guest.IsPaused = true;
        var refused = Assert.Throws<XenException>(() => Runner(Located).SetVcpu(guest.Plan.DomId, 0, upcallPending: true));
        Assert.Contains(nameof(PokeGuard.UpcallNoticed), refused.Message, StringComparison.Ordinal);

        Runner(Located).SetVcpu(guest.Plan.DomId, 0, upcallPending: true, force: true);
        guest.IsPaused = false;

        Assert.True(After(guest).IsWedged);
    }

    private uint Word(uint port) => (uint)AtomicField.Read(Fifo.Memory.Page(Fifo.ArrayFrame), (int)port * 4, 4);
}
