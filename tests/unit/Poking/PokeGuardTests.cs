using XenShared.Layout;
using XenShared.Poking;
using XenShared.Targets.Simulated;

namespace XenShared.Tests.Poking;

/// <summary>
/// Shows the purpose of each guard: with force, the poke makes the simulated guest hang or crash; without force, it is refused and the
/// guest continues to run.
/// </summary>
public sealed class PokeGuardTests : PokeTest
{
    [Fact]
    public void APendingBitAloneKeepsEveryLaterEventAway()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        var disk = Disk(guest);
        // The records of this guest are elsewhere, so no vCPU can be notified by a write.
        AssertRefused(guest, PokeGuard.SlotLive, () => Runner().SetPort(guest.Plan.DomId, disk, pending: true));

        Runner().SetPort(guest.Plan.DomId, disk, pending: true, force: true);

        Assert.Contains("never received", After(guest).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void AMaskThatIsClearedOverAPendingEventKeepsItPending()
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        var disk = Disk(guest);
        SetByHand(guest, SharedInfoLayout.X86_64.MaskOffset, disk);
        guest.Raise(disk);
        var leftOut = new PokeOptions { DisabledGuards = new HashSet<PokeGuard> { PokeGuard.Delivery } };
        var steps = PokeContext.Create(Target, guest.Plan.DomId, TimeSpan.Zero, null, default);
        var request = new SetPortRequest { DomId = guest.Plan.DomId, Port = disk, Masked = false };

        // The mask alone, without notifying the vCPU.
        Assert.Equal(
            XenErrorId.PokeRefused,
            Assert
                .Throws<XenException>(() =>
                    new PokeExecutor(Target, Pokes, request, new PokeOptions()).Execute(
                        steps,
                        [PokeSteps.PortBit(steps, PokeField.Mask, disk, false)]))
                .Id);
        Assert.True(
            new PokeExecutor(Target, Pokes, request, leftOut).Execute(steps, [PokeSteps.PortBit(steps, PokeField.Mask, disk, false)]));
        Assert.True(After(guest).IsWedged);
    }

    [Fact]
    public void AMaskThatIsClearedWithAllThatBelongsToItIsHandled()
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        var disk = Disk(guest);
        SetByHand(guest, SharedInfoLayout.X86_64.MaskOffset, disk);
        guest.Raise(disk);
        var handled = guest.Handled(disk);

        Runner().SetPort(guest.Plan.DomId, disk, masked: false);

        Assert.Equal([PokeField.Mask, PokeField.PendingSelector, PokeField.UpcallPending], Pokes.Pokes.Select(poke => poke.Kind));
        Assert.True(After(guest).IsWell, $"{guest.Health}");
        Assert.True(guest.Handled(disk) > handled);
    }

    [Fact]
    public void AnUpcallOfASleepingVcpuKeepsItAsleep()
    {
        var guest = Guest(SimulatedKind.MiniOsIdle);
        AssertRefused(guest, PokeGuard.VcpuNotBlocked, () => Runner().SetVcpu(guest.Plan.DomId, 0, upcallPending: true));

        Runner().SetVcpu(guest.Plan.DomId, 0, upcallPending: true, force: true);

        Assert.True(After(guest).IsWedged);
        Assert.True(guest.Vcpus[0].IsBlocked);
    }

    [Fact]
    public void AnUpcallThatRacesWithFallingAsleepIsFollowedByAnEvent()
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        var looks = 0;
        var target = new SleepyTarget(Target, () => guest.IsPaused = guest.Vcpus[0].IsBlocked = ++looks > 0);

        new PokeRunner(target, Pokes).SetVcpu(guest.Plan.DomId, 0, upcallPending: true);

        Assert.Equal(
            [(PokeField.UpcallPending, 1ul), (PokeField.UpcallPending, 0ul), (PokeField.Event, null)],
            Pokes.Pokes.Select(poke => (poke.Kind, poke.After)));
        Assert.Contains("went to sleep", Pokes.Pokes[^1].Note, StringComparison.Ordinal);
        Assert.False(
            guest.Vcpus[0].IsBlocked,
            string.Join("; ", Pokes.Pokes.Select(poke => $"{poke.Field} {poke.Before}->{poke.After} {poke.Note}")));
        guest.IsPaused = false;
        Assert.True(After(guest).IsWell, $"{guest.Health}");
    }

    [Fact]
    public void AWholeChainThatRacesWithBlockingIsStillHandled()
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        var disk = Disk(guest);
        var handled = guest.Handled(disk);
        var looks = 0;
        var target = new SleepyTarget(Target, () => guest.IsPaused = guest.Vcpus[0].IsBlocked = ++looks > 0);

        new PokeRunner(target, Pokes).SetPort(guest.Plan.DomId, disk, pending: true);

        guest.IsPaused = false;
        Assert.True(After(guest).IsWell, $"{guest.Health}");
        Assert.True(guest.Handled(disk) > handled);
    }

    [Fact]
    public void AnUpcallThatRacesWithBlockingIsUndoneIfNoEventCanBeSent()
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        CloseBells(guest);
        var looks = 0;
        var record = guest.Memory.Page(guest.Vcpus[0].RecordFrame);
        // The guest goes to sleep after the last check of the guards, and before the bit is set.
        var target = new SleepyTarget(Target, () => guest.IsPaused = guest.Vcpus[0].IsBlocked = ++looks > 0);

        var error = Assert.Throws<XenException>(() =>
            new PokeRunner(target, Pokes).SetVcpu(guest.Plan.DomId, 0, upcallPending: true));

        Assert.Equal(XenErrorId.PokeLostRace, error.Id);
        Assert.Equal(0ul, AtomicField.Read(record, 0, 1));
    }

    [Fact]
    public void AWholeChainThatRacesWithBlockingIsUndoneIfNoEventCanBeSent()
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        CloseBells(guest);
        var disk = Timer(guest);
        var looks = 0;
        var target = new SleepyTarget(Target, () => guest.IsPaused = guest.Vcpus[0].IsBlocked = ++looks > 0);

        var error = Assert.Throws<XenException>(() => new PokeRunner(target, Pokes).SetPort(guest.Plan.DomId, disk, pending: true));

        Assert.Equal(XenErrorId.PokeLostRace, error.Id);
        Assert.Equal([1ul, 1ul, 1ul, 0ul, 0ul, 0ul], Pokes.Pokes.Select(poke => poke.After!.Value));
        Assert.Equal(0ul, AtomicField.Read(guest.SharedPage(), 0, 1));
        Assert.Equal(0ul, AtomicField.Read(guest.SharedPage(), SharedInfoLayout.X86_64.Vcpu.PendingSelector.Offset, 8) & 2);
        Assert.Equal(
            0ul,
            AtomicField.Read(guest.SharedPage(), SharedInfoLayout.X86_64.PendingOffset + (int)disk / 32 * 4, 4) >> (int)disk % 32 & 1);
        guest.IsPaused = false;
        Assert.True(After(guest).IsWell, $"{guest.Health}");
    }

    [Fact]
    public void AnUpcallOfAFifoGuestCouldNotBeSentAgain()
    {
        var guest = Guest(SimulatedKind.PvFifo);

        AssertRefused(guest, PokeGuard.AbiKnown, () =>
            Runner(new PokeOptions { DisabledGuards = new HashSet<PokeGuard> { PokeGuard.SlotLive } })
                .SetVcpu(guest.Plan.DomId, 0, upcallPending: true));
    }

    [Fact]
    public void ASelectorBitAloneStopsTheEventsOfItsWord()
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        // An event in another word would make the guest check this one too.
        guest.Close(Disk(guest));
        AssertRefused(guest, PokeGuard.Delivery, () => Runner().SetVcpu(guest.Plan.DomId, 0, selector: 1));

        Runner().SetVcpu(guest.Plan.DomId, 0, selector: 1, force: true);

        Assert.True(After(guest).IsWedged);
    }

    [Fact]
    public void AnUpcallThatIsClearedUnderItsSelectorStopsTheEventsOfThoseWords()
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        // An event in another word would make the guest check this one too.
        guest.Close(Disk(guest));
        guest.IsPaused = true;
        guest.Raise(Timer(guest));
        Assert.Equal(
            XenErrorId.PokeRefused,
            Assert.Throws<XenException>(() => Runner().SetVcpu(guest.Plan.DomId, 0, upcallPending: false)).Id);

        Runner().SetVcpu(guest.Plan.DomId, 0, upcallPending: false, force: true);
        guest.IsPaused = false;

        Assert.True(After(guest).IsWedged);
    }

    [Fact]
    public void ASelectorThatIsClearedHidesWhatWaits()
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        guest.IsPaused = true;
        guest.Raise(Disk(guest));
        var refused = Assert.Throws<XenException>(() =>
            Runner(new PokeOptions { DisabledGuards = new HashSet<PokeGuard> { PokeGuard.SlotLive } })
                .SetVcpu(guest.Plan.DomId, 0, selector: 0));
        Assert.Contains(nameof(PokeGuard.EventKept), refused.Message, StringComparison.Ordinal);

        Runner().SetVcpu(guest.Plan.DomId, 0, selector: 0, force: true);
        guest.IsPaused = false;

        Assert.True(After(guest).IsWedged);
    }

    [Fact]
    public void AClearedEventIsNeverHandled()
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        guest.IsPaused = true;
        guest.Raise(Disk(guest));
        var refused = Assert.Throws<XenException>(() => Runner().SetPort(guest.Plan.DomId, Disk(guest), pending: false));
        Assert.Contains(nameof(PokeGuard.EventKept), refused.Message, StringComparison.Ordinal);

        Runner().SetPort(guest.Plan.DomId, Disk(guest), pending: false, force: true);
        guest.IsPaused = false;

        Assert.True(After(guest).IsWedged);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheInterruptFlagIsTheKernels(bool value)
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        AssertRefused(guest, PokeGuard.FieldOwner, () => Runner().SetVcpu(guest.Plan.DomId, 0, upcallMask: value));
        // Inside a section that no interrupt may enter, with an event waiting, a cleared flag lets one in. Set outside, it stays for ever.
        for (var tick = 0; guest.Vcpus[0].IsInCriticalSection == value && tick < 20; tick++) guest.Advance(1);
        guest.IsPaused = true;
        if (!value) guest.Raise(Timer(guest));

        Runner().SetVcpu(guest.Plan.DomId, 0, upcallMask: value, force: true);
        guest.IsPaused = false;

        Assert.False(After(guest).IsWell);
        Assert.Equal(!value, guest.Health.IsCorrupted);
    }

    [Theory]
    [InlineData("vcpu_info[0].time.system_time", 5)]
    [InlineData("vcpu_info[0].time.tsc_to_system_mul", 1)]
    [InlineData("wc_version", 3)]
    [InlineData("vcpu_info[0].time.version", 1)]
    public void AFieldOfXensIsLeftToXen(string field, ulong value)
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        AssertRefused(guest, PokeGuard.FieldOwner, () => Runner().SetField(guest.Plan.DomId, field, value));

        guest.IsPaused = true;
        Runner().SetField(guest.Plan.DomId, field, value, force: true);
        guest.IsPaused = false;

        Assert.False(guest.Health.IsWell && After(guest).IsWell);
    }

    [Theory]
    [InlineData("arch.pfn_to_mfn_frame_list_list", 0xdead)]
    [InlineData("arch.p2m_cr3", 0xdead000)]
    public void APointerOutOfTheGuestIsRefusedEvenWithForce(string field, ulong value)
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        AssertRefused(guest, PokeGuard.PointsInside, () => Runner().SetField(guest.Plan.DomId, field, value, force: true));

        Runner(new PokeOptions { DisabledGuards = new HashSet<PokeGuard> { PokeGuard.PointsInside } })
            .SetField(guest.Plan.DomId, field, value);

        Assert.True(guest.Health.IsCorrupted);
    }

    [Theory]
    [InlineData(SimulatedKind.PvRestored)]
    public void ADeadBitIsNotPokedAsIfItLived(SimulatedKind kind)
    {
        var guest = Guest(kind);
        var disk = Disk(guest);
        AssertRefused(guest, PokeGuard.AbiKnown, () => Runner().SetPort(guest.Plan.DomId, disk, masked: false));

        // The result would be "masked", although the guest still handles its events.
        Runner().SetPort(guest.Plan.DomId, disk, masked: true, force: true);
        var handled = guest.Handled(disk);

        Assert.True(After(guest).IsWell);
        Assert.True(guest.Handled(disk) > handled);
    }

    [Fact]
    public void AFifoGuestIsRefusedAsLongAsItsArrayIsNotLocated()
    {
        var guest = Guest(SimulatedKind.PvhFifo);
        AssertRefused(guest, PokeGuard.AbiKnown, () => Runner().SetPort(guest.Plan.DomId, Disk(guest), masked: true));
        AssertRefused(guest, PokeGuard.Delivery, () => Runner().SetPort(guest.Plan.DomId, Disk(guest), pending: true));
    }

    [Fact]
    public void AFrozenRecordIsNotPokedAsIfItLived()
    {
        var guest = Guest(SimulatedKind.PvTwoLevel);
        AssertRefused(guest, PokeGuard.SlotLive, () => Runner().SetVcpu(guest.Plan.DomId, 0, upcallPending: true));

        // The result would be "notified", although the vCPU does not check anything.
        Runner().SetVcpu(guest.Plan.DomId, 0, upcallPending: true, force: true);

        Assert.Equal(1, guest.SharedPage()[0]);
        After(guest);
        Assert.Equal(1, guest.SharedPage()[0]);
    }

    [Fact]
    public void AClosedPortKeepsNoEventForWhoComesNext()
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        AtomicField.ClearBits(guest.SharedPage(), SharedInfoLayout.X86_64.MaskOffset, 8, 1ul << 40);
        AssertRefused(guest, PokeGuard.PortBound, () => Runner().SetPort(guest.Plan.DomId, 40, pending: true));

        Runner().SetPort(guest.Plan.DomId, 40, pending: true, force: true);

        Assert.Contains("not bound", After(guest).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void APortOfXensIsLeftToXen()
    {
        var guest = Guest(SimulatedKind.HvmTwoLevel);
        var hidden = Port(guest, port => port.Reading.State is null);
        AssertRefused(guest, PokeGuard.NotXenPort, () => Runner().SetPort(guest.Plan.DomId, hidden, masked: false));

        Runner().SetPort(guest.Plan.DomId, hidden, masked: false, force: true);
        Runner().SetPort(guest.Plan.DomId, hidden, pending: true, force: true);

        Assert.True(After(guest).IsCorrupted);
    }

    [Theory]
    [InlineData(4096u)]
    [InlineData(8192u)]
    [InlineData(uint.MaxValue)]
    public void APortBeyondTheBitmapIsAnotherField(uint port)
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        AssertRefused(guest, PokeGuard.InsideStructure, () => Runner().SetPort(guest.Plan.DomId, port, pending: true, force: true));
        if (port != 4096) return;

        // The place where such a bit would be is the mask of another port.
        SetByHand(guest, SharedInfoLayout.X86_64.PendingOffset, port + Disk(guest));

        Assert.True(After(guest).IsWedged);
    }

    [Fact]
    public void APageOfUnknownLayoutIsNotWrittenEvenWithForce()
    {
        var guest = Guest(SimulatedKind.HvmFirmware);
        guest.SharedPage().AsSpan(2304, 12).Clear();

        AssertRefused(guest, PokeGuard.LayoutKnown, () =>
            Runner().SetWallClock(guest.Plan.DomId, DateTimeOffset.UnixEpoch.AddYears(50), force: true));

        // In the wrong layout, a clock is events.
        var peer = Guest(SimulatedKind.PvhTwoLevel);
        VersionedClock.Write(peer.SharedPage(), SharedInfoLayout.X86_32, 1_600_000_000_000_000_001, null, peer.Plan.DomId);
        Assert.True(After(peer).IsCorrupted);
    }

    [Fact]
    public void ADomainWhoseNumberIsAnothersByThenIsNotWrittenEvenWithForce()
    {
        var domId = Domain(SimulatedKind.PvTwoLevel);
        var disk = Disk(Target.Guest(domId));
        // The domain ends between the check and the mapping. A mapped page is that of the old domain until it is unmapped.
        var pokes = new RecordingPokes { OnConfirm = () => Target.Replace(domId) };

        var error = Assert.Throws<XenException>(() =>
            new PokeRunner(Target, pokes).SetPort(domId, disk, masked: true, force: true));

        Assert.Contains(nameof(PokeGuard.DomainIdentity), error.Message, StringComparison.Ordinal);
        Assert.True(After(Target.Guest(domId)).IsWell);
        // Without the guard, another guest gets no more events of its disk.
        new PokeRunner(Target, pokes)
        {
            Options = new PokeOptions { DisabledGuards = new HashSet<PokeGuard> { PokeGuard.DomainIdentity } },
        }.SetPort(domId, disk, masked: true);
        Assert.True(After(Target.Guest(domId)).IsWedged);
    }

    [Fact]
    public void APageThatMovesWhileItIsMappedIsNotWrittenEvenWithForce()
    {
        var guest = Guest(SimulatedKind.HvmTwoLevel);
        var domId = guest.Plan.DomId;
        var disk = Disk(guest);
        var first = guest.PageFrame!.Value;
        Target.WhileMapped = _ => guest.MovePage(guest.PageFrame!.Value + 1);

        var error = Assert.Throws<XenException>(() => Runner().SetPort(domId, disk, masked: true, force: true));

        Assert.Equal(XenErrorId.PokeRefused, error.Id);
        Assert.Contains(nameof(PokeGuard.FrameStays), error.Message, StringComparison.Ordinal);
        Assert.True(guest.Health.IsWell);
        // Without the guard, other memory of the guest is hit.
        var next = guest.PageFrame!.Value;
        Assert.NotEqual(first, next);
        Runner(new PokeOptions { DisabledGuards = new HashSet<PokeGuard> { PokeGuard.FrameStays } }).SetPort(domId, disk, masked: true);
        Assert.True(guest.Health.IsCorrupted);
    }

    [Fact]
    public void TheControlDomainIsLeftAlone()
    {
        var guest = Target.Guest(0);
        AssertRefused(guest, PokeGuard.ControlDomain, () => Runner().SetField(0, "arch.max_pfn", 1));

        Runner().SetField(0, "arch.max_pfn", 1, force: true);

        Assert.True(guest.Health.IsCorrupted);
    }

    // A change between the check and the mapping is detected during the mapping, and nothing is written.
    [Fact]
    public void WhatChangesWhileItIsMappedIsRefusedThen()
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);
        var disk = Disk(guest);
        var before = guest.SharedPage().AsSpan(SharedInfoLayout.X86_64.MaskOffset, 512).ToArray();
        Target.WhileMapped = _ => guest.Close(disk);

        var error = Assert.Throws<XenException>(() => Runner().SetPort(guest.Plan.DomId, disk, masked: true));

        Assert.Equal(XenErrorId.PokeRefused, error.Id);
        Assert.Contains(nameof(PokeGuard.PortBound), error.Message, StringComparison.Ordinal);
        Assert.Equal(before, guest.SharedPage().AsSpan(SharedInfoLayout.X86_64.MaskOffset, 512).ToArray());
        Assert.Empty(Pokes.Pokes);
    }

    [Fact]
    public void OverriddenGuardsAreLogged()
    {
        var guest = Guest(SimulatedKind.MiniOsBusy);

        Runner().SetVcpu(guest.Plan.DomId, 0, selector: 1, force: true);

        Assert.Contains(Assert.Single(Pokes.Pokes).Forced, text => text.StartsWith(nameof(PokeGuard.Delivery), StringComparison.Ordinal));
    }
}
