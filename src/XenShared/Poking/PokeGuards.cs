using System.Globalization;
using System.Numerics;

namespace XenShared.Poking;

/// <summary>
/// Checks steps against the guards (<see cref="PokeGuard"/>), most of which follow from the way Xen delivers an event. Xen sets bit after
/// bit (pending, selector, upcall), then wakes the vCPU, and stops at the first bit that is already set. So a bit that is set without the
/// later ones stops every later event.
/// </summary>
internal static class PokeGuards
{
    /// <summary>Returns all violations, first those that force does not override.</summary>
    public static IEnumerable<(PokeStep Step, GuardViolation Objection)> Check(
        PokeContext situation,
        IReadOnlyList<PokeStep> steps,
        bool isUndo
    ) =>
        steps
            .SelectMany(step => Check(situation, steps, step, isUndo).Select(objection => (step, objection)))
            .OrderBy(found => found.objection.CanForce);

    private static IEnumerable<GuardViolation> Check(PokeContext situation, IReadOnlyList<PokeStep> steps, PokeStep step, bool isUndo)
    {
        if (situation.DomId == 0)
            yield return new(
                PokeGuard.ControlDomain,
                "it is the control domain, and if it stops, the disks and networks of all guests stop",
                "do not change it");
        if (situation.Guest.Domain.State == DomainState.Dying)
            yield return new(
                PokeGuard.DomainIdentity,
                "it is being destroyed, and its memory may soon belong to another domain",
                "wait until it has ended",
                CanForce: false);
        foreach (var objection in CheckPlace(situation, step))
            yield return objection;
        var objections = step.Kind switch
        {
            PokeField.Mask or PokeField.Pending => CheckPortBit(situation, steps, step, isUndo),
            PokeField.EventWordMask => CheckEventWord(situation, step, isUndo),
            PokeField.PendingSelector => CheckSelector(situation, steps, step),
            PokeField.UpcallPending => CheckUpcall(situation, step),
            PokeField.UpcallMask => CheckUpcallMask(situation, step),
            PokeField.Field => CheckField(situation, step),
            _ => [],
        };
        foreach (var objection in objections) yield return objection;
    }

    /// <summary>Checks that the field of a step is still at its place.</summary>
    public static IEnumerable<GuardViolation> CheckPlace(PokeContext situation, PokeStep step)
    {
        if (step.IsLocated)
        {
            if (!IsThereStill(situation, step))
                yield return new(
                    PokeGuard.FrameStays,
                    "the guest no longer has it there, and may use the memory for something else",
                    "read the domain again",
                    CanForce: false);
            yield break;
        }
        if (situation.Guest.Latest?.Frame is not { } frame || situation.Guest.Domain.SharedInfoFrame is null)
            yield return new(
                PokeGuard.FrameStays,
                "its page is no longer mapped, and its memory may be in use for something else",
                "read the domain again",
                CanForce: false);
        else if (frame != step.Frame)
            yield return new(
                PokeGuard.FrameStays,
                $"its page has moved to frame 0x{frame.ToString("x", CultureInfo.InvariantCulture)}, and it no longer uses the old frame",
                "try again",
                CanForce: false);
        if (situation.Layout is not { } layout)
            yield return new(
                PokeGuard.LayoutKnown,
                $"its layout is no longer known ({situation.Guest.Layout.Evidence})",
                "read the domain again",
                CanForce: false);
        else if (step.Offset < 0 || step.Offset + step.Width > layout.Size)
            yield return new(
                PokeGuard.InsideStructure,
                $"the structure has {layout.Size} bytes, and this lies outside",
                "check the field name",
                CanForce: false);
        else if (step is { Kind: PokeField.Mask or PokeField.Pending, Port: { } port }
            && PokeSteps.PortBit(situation, step.Kind, port, true).Offset != step.Offset)
            yield return new(
                PokeGuard.LayoutKnown,
                "its layout has changed, and the bit belongs to another port now",
                "try again",
                CanForce: false);
    }

    private static bool IsThereStill(PokeContext situation, PokeStep step)
    {
        var cell = step switch
        {
            { Kind: PokeField.EventWordMask, Port: { } port } => situation.Locator?.FindEventWord(situation.Guest, port),
            { Vcpu: { } vcpu } => situation.Locator?.FindVcpuRecord(situation.Guest, vcpu),
            _ => null,
        };
        var size = step.Kind == PokeField.EventWordMask ? step.Width : situation.Layout?.Vcpu.Size ?? 0;
        return cell is { } known
            && known.Frame == step.Frame
            && step.Offset >= known.Offset
            && step.Offset + step.Width <= known.Offset + size;
    }

    private static IEnumerable<GuardViolation> CheckPort(PokeContext situation, uint port)
    {
        if (situation.Port(port) is not { } reading)
            yield return new(
                PokeGuard.PortBound,
                "the port is closed, and its next binding would begin with an event that was not sent or with one that "
                    + "is never handled",
                "list the domain's channels");
        else if (reading.State is null)
            yield return new(
                PokeGuard.NotXenPort,
                "Xen itself consumes the port, and would use the bit as its own data",
                "leave it to Xen");
    }

    private static IEnumerable<GuardViolation> CheckPortBit(
        PokeContext situation,
        IReadOnlyList<PokeStep> steps,
        PokeStep step,
        bool isUndo)
    {
        var port = step.Port!.Value;
        foreach (var objection in CheckPort(situation, port)) yield return objection;
        if (situation.Abi == EventAbi.Fifo)
            yield return new(PokeGuard.AbiKnown,
                "the guest uses FIFO channels and never reads this bit, so the write would have no effect",
                PokeAdvice.Send(situation, port));
        else if (situation.Abi == EventAbi.Unknown)
            yield return new(PokeGuard.AbiKnown, $"its event ABI is not known ({situation.Guest.Abi.Evidence}), and the bit may be unused",
                PokeAdvice.Send(situation, port));
        var setsUpcall = steps.Any(next => next.Kind == PokeField.UpcallPending && next.Port == port);
        var masked = Planned(steps, PokeField.Mask, port) ?? situation.IsMasked(port);
        var pending = Planned(steps, PokeField.Pending, port) ?? situation.IsPending(port);
        if (step.Value != 0 == (step.Kind == PokeField.Pending) && pending && !masked && !setsUpcall)
            yield return new(PokeGuard.Delivery,
                "an event would be pending without a notified vCPU, and Xen drops every later one because the bit is already set",
                PokeAdvice.Repair(situation, port, unmask: step.Kind == PokeField.Mask));
        // A step may clear a set pending bit only if it undoes a poke, and only while the port is masked or the guest is paused: then the
        // guest has not handled the event of the poke. Otherwise the guest may have handled that event, and the bit may belong to a real
        // event.
        if (step is { Kind: PokeField.Pending, Value: 0 }
            && situation.IsPending(port)
            && (!isUndo || !masked && situation.Guest.Domain.State != DomainState.Paused))
            yield return new(
                PokeGuard.EventKept,
                "an event is pending, and the guest would never handle it",
                masked ? PokeAdvice.LeaveToGuest : PokeAdvice.Repair(situation, port, unmask: false));
        if (step.Kind != PokeField.Mask)
            yield break;
        if (isUndo)
        {
            if (MaskGuards.CheckVirq(situation, step) is { } virq) yield return virq;
            yield break;
        }
        foreach (var objection in MaskGuards.Check(situation, step)) yield return objection;
    }

    private static IEnumerable<GuardViolation> CheckEventWord(PokeContext situation, PokeStep step, bool isUndo)
    {
        foreach (var objection in CheckPort(situation, step.Port!.Value)) yield return objection;
        if (situation.Abi != EventAbi.Fifo)
            yield return new(
                PokeGuard.AbiKnown,
                $"it is no longer known to use FIFO channels ({situation.Guest.Abi.Evidence}), and the memory may be something else",
                "read the domain again",
                CanForce: false);
        if (isUndo)
        {
            if (MaskGuards.CheckVirq(situation, step) is { } virq) yield return virq;
            yield break;
        }
        foreach (var objection in MaskGuards.Check(situation, step)) yield return objection;
    }

    private static IEnumerable<GuardViolation> CheckSelector(PokeContext situation, IReadOnlyList<PokeStep> steps, PokeStep step)
    {
        foreach (var objection in CheckRecord(situation, step)) yield return objection;
        if (situation.Abi != EventAbi.TwoLevel)
            yield return new(PokeGuard.AbiKnown,
                $"it is not known to use two-level channels ({situation.Guest.Abi.Evidence}), and other ABIs do not use the selector",
                Instead(situation, step));
        var now = step.Seen;
        var setsUpcall = steps.Any(next => next is { Kind: PokeField.UpcallPending, Value: not 0 } && next.Vcpu == step.Vcpu);
        if ((step.Value & step.Bits & ~now) != 0 && !setsUpcall)
            yield return new(PokeGuard.Delivery, "the next event of that word stops at the selector bit, and the vCPU is not notified",
                Instead(situation, step));
        for (var cleared = step.Bits & now & ~step.Value; cleared != 0; cleared &= cleared - 1)
        {
            if (situation.WaitingIn(BitOperations.TrailingZeroCount(cleared)) == 0) continue;
            yield return new(
                PokeGuard.EventKept,
                "events are pending in that word, and the vCPU would not check it",
                "leave it to the guest");
            yield break;
        }
        if ((step.Bits & now & ~step.Value) == 0) yield break;
        foreach (var objection in CheckLateEvents(situation, step.Vcpu!.Value)) yield return objection;
    }

    /// <summary>
    /// Returns the violation of clearing an upcall, a selector bit or a mask bit if the control domain could not make Xen notify the vCPU
    /// of an event that arrives at the same time.
    /// </summary>
    public static IEnumerable<GuardViolation> CheckLateEvents(PokeContext situation, int vcpu, string? advice = null)
    {
        if (situation.Abi == EventAbi.TwoLevel && NotificationChannel.ForVcpu(situation, vcpu) is null)
            yield return new(PokeGuard.Repairable,
                "the vCPU would not be notified of an event that arrives at the same time, since the control domain has no unmasked "
                    + "channel to notify the vCPU",
                advice ?? PokeAdvice.RepairOf(situation, vcpu));
    }

    private static IEnumerable<GuardViolation> CheckUpcall(PokeContext situation, PokeStep step)
    {
        foreach (var objection in CheckRecord(situation, step)) yield return objection;
        if (step.Value == 0)
        {
            if (situation.Abi != EventAbi.TwoLevel || SelectorBeside(situation, step) != 0)
                yield return new(
                    PokeGuard.Delivery,
                    "its events have not been handled yet, so every later event of the same words or queues stops there and the vCPU "
                        + "is not notified",
                    "leave it to the guest");
            foreach (var objection in CheckLateEvents(situation, step.Vcpu!.Value))
                yield return objection;
            yield break;
        }
        // While the upcall is set, an event of this vCPU can be lost, and must then be delivered by writing bits of the guest. This is not
        // possible in a FIFO guest, because its event queues cannot be changed from outside.
        if (situation.Abi != EventAbi.TwoLevel)
            yield return new(
                PokeGuard.AbiKnown,
                $"it is not known to use two-level channels ({situation.Guest.Abi.Evidence}), and with other ABIs nothing is certain to "
                    + $"wake a vCPU that sleeps while the bit is set",
                Instead(situation, step));
        if (situation.Vcpu(step.Vcpu!.Value) is not { } vcpu || vcpu.Blocked)
            yield return new(PokeGuard.VcpuNotBlocked,
                "the vCPU sleeps, and with this bit set no later event wakes it, its own timer included", Instead(situation, step));
        if (situation.Guest.Domain.Type != DomainType.PV)
            yield return new(PokeGuard.UpcallNoticed,
                "only a PV guest is sure to notice the bit without an interrupt, and Xen sends none while it is set",
                Instead(situation, step));
    }

    private static ulong SelectorBeside(PokeContext situation, PokeStep step)
    {
        if (!step.IsLocated) return situation.Selector(step.Vcpu!.Value);
        ulong selector = 0;
        if (situation.Layout is { } layout && situation.Target.Memory is { } memory)
            memory.VisitFrames(situation.DomId, [step.Frame], (_, page) =>
                selector = layout.Vcpu.PendingSelector.Read(page[(step.Offset - layout.Vcpu.UpcallPending.Offset)..]));
        return selector;
    }

    private static IEnumerable<GuardViolation> CheckUpcallMask(PokeContext situation, PokeStep step)
    {
        foreach (var objection in CheckRecord(situation, step)) yield return objection;
        yield return new(PokeGuard.FieldOwner, step.Value == 0
            ? "the kernel has its interrupts off for a reason, and an event at this moment can corrupt its data"
            : "the kernel restores the flag as it found it, and then handles no more events", "leave it to the guest");
    }

    private static IEnumerable<GuardViolation> CheckRecord(PokeContext situation, PokeStep step)
    {
        if (step.IsLocated) yield break;
        var live = situation.Liveness(step.Vcpu!.Value);
        if (live.IsLive == true) yield break;
        yield return new(PokeGuard.SlotLive, live.IsLive == false
            ? $"the record in the page is a frozen copy ({live.Evidence}), so the write would have no effect"
            : $"whether Xen and the guest use the record in the page is not known ({live.Evidence})", Instead(situation, step));
    }

    private static IEnumerable<GuardViolation> CheckField(PokeContext situation, PokeStep step)
    {
        if (PokeFields.OwnerOf(step.Field) is { } owner)
            yield return new(PokeGuard.FieldOwner, owner.Reason, owner.Recommendation);
        if (situation.Layout is not { HasArch: true } layout) yield break;
        if (step.Field == layout.P2mGeneration.Name && (step.Value & 1) != 0)
            yield return new(
                PokeGuard.FieldOwner,
                "an odd counter means that the table is being changed, and saving the domain would wait forever",
                "give an even number");
        if (PokeFields.FrameIn(step.Field, step.Value) is { } frame && step.Value != 0 && !IsGuests(situation, frame))
            yield return new(
                PokeGuard.PointsInside,
                $"frame 0x{frame.ToString("x", CultureInfo.InvariantCulture)} is not memory of this guest, and a save or a migration "
                    + $"would take other memory for its page tables",
                "give a frame of the guest's own",
                CanForce: false);
    }

    // Returns what to do in place of the refused write. If the step was made for a port: repair that port if it is masked or pending,
    // otherwise send an event on it. Without a port: send an event to the vCPU.
    private static string Instead(PokeContext situation, PokeStep step) => step.Port switch
    {
        { } port when situation.IsMasked(port) => PokeAdvice.Repair(situation, port, unmask: true),
        { } port when situation.IsPending(port) => PokeAdvice.Repair(situation, port, unmask: false),
        { } port => PokeAdvice.Send(situation, port),
        null => PokeAdvice.SendTo(situation, step.Vcpu!.Value),
    };

    private static bool IsGuests(PokeContext situation, ulong frame) =>
        situation.Target.Memory is { } memory && memory.VisitFrames(situation.DomId, [frame], (_, _) => { }) == 1;

    private static bool? Planned(IReadOnlyList<PokeStep> steps, PokeField kind, uint port) =>
        steps.Where(step => step.Kind == kind && step.Port == port).Select(step => (bool?)(step.Value != 0)).LastOrDefault();
}
