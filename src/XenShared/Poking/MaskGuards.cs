using XenShared.Guests.Locating;
using XenShared.Layout;

namespace XenShared.Poking;

/// <summary>
/// Checks masking and unmasking a port from outside. IPIs are a guest's own: Linux keeps that of its spinlocks masked and polls it, and
/// stops with a bug when an event gets through (<c>arch/x86/xen/spinlock.c</c>; seen on a real guest). Others must not be masked if that
/// could not be put right: the guest itself unmasks by a hypercall that looks after what came meanwhile; from outside only a real event
/// does that, and which events can be raised, and whether the guest's ABI can still be told, depends on other ports.
/// </summary>
internal static class MaskGuards
{
    public static IEnumerable<GuardViolation> Check(PokeContext situation, PokeStep step)
    {
        if (step.Port is not { } port || situation.Port(port) is not { State: not null } reading) yield break;
        if (reading.State == ChannelState.Ipi)
        {
            yield return new(
                PokeGuard.NotIpi,
                step.Value == 0
                    ? "it is an IPI, and a kernel that keeps one masked, as Linux does with its spinlocks', takes an event that gets "
                        + "through for a bug and stops"
                    : "it is an IPI, and one of the guest's vCPUs may wait for ever for another",
                "leave it to the guest");
        }
        if (CheckVirq(situation, step) is { } virq) yield return virq;
        if (step.Value == 0)
        {
            // The port itself can notify the guest once it is unmasked.
            foreach (var objection in step.Kind == PokeField.Mask && !NotificationChannel.EndsAtControl(reading)
                ? PokeGuards.CheckLateEvents(situation, reading.Vcpu, PokeAdvice.Repair(situation, port, unmask: true))
                : []) yield return objection;
            yield break;
        }
        if (!NotificationChannel.Exists(situation, port))
            yield return new(PokeGuard.Repairable,
                "an event that comes while it is masked would stay there, since the control domain has no channel to make the vCPU look",
                PokeAdvice.LeaveToGuest);
        if (!(step.Kind == PokeField.Mask ? LeavesHole(situation, port) : LeavesPattern(situation, step, port)))
            yield return new(PokeGuard.AbiKept,
                "it is the last open port that tells how the guest takes events, and without it nothing could be repaired or taken back",
                PokeAdvice.LeaveToGuest);
    }

    /// <summary>
    /// Returns what speaks against masking a virtual interrupt: nobody sends it again, and what waits for it masks other channels in its
    /// turn.
    /// </summary>
    public static GuardViolation? CheckVirq(PokeContext situation, PokeStep step)
    {
        if (step is not { Value: not 0, Port: { } port } || situation.Port(port) is not { State: ChannelState.VirtualIrq } reading)
            return null;
        return new(
            PokeGuard.NotVirq,
            reading.Irq == (uint)VirtualIrq.Timer
                ? $"it is the timer of vCPU {PokeSteps.Number((uint)reading.Vcpu)}, and all else in the guest may wait for it, the end of "
                    + $"its devices' events included"
                : "it is a virtual interrupt, which only Xen raises, and the guest may wait for it",
            PokeAdvice.LeaveToGuest);
    }

    // Two-level: the mask of a bound port that is clear, among those of unused ports that are set.
    private static bool LeavesHole(PokeContext situation, uint port) =>
        situation.Abi != EventAbi.TwoLevel
        || situation.Guest.Ports!.Bound.Any(peer => peer.Port != port && peer.State is not null && !situation.IsMasked(peer.Port));

    // FIFO: the array's page must still be recognised as one.
    private static bool LeavesPattern(PokeContext situation, PokeStep step, uint port)
    {
        if (situation.Target is not Targets.IGuestMemory memory || situation.Guest.Ports is not { } ports) return true;
        var fits = true;
        memory.VisitFrames(situation.DomId, [step.Frame], (_, page) =>
        {
            var after = page.ToArray();
            LittleEndian.Write(after, step.Offset, sizeof(uint), LittleEndian.Read(after, step.Offset, sizeof(uint)) | step.Bits);
            fits = new EventArrayPattern(ports).Fits(after, (int)(port / EventWord.PerPage));
        });
        return fits;
    }
}
