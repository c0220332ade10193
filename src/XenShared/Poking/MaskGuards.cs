using XenShared.Guests.Locating;
using XenShared.Layout;

namespace XenShared.Poking;

/// <summary>
/// Checks whether a port may be masked or unmasked from outside the guest. IPIs belong to the guest: Linux keeps the IPI of its spinlocks
/// masked and polls it, and crashes with a BUG if an event is delivered (<c>arch/x86/xen/spinlock.c</c>; observed on a real guest). A guest
/// unmasks with a hypercall that also delivers a pending event; from outside, only a real event does that. So a port may be masked only if
/// the control domain has a channel that can notify the vCPU afterwards, and if the event ABI can still be recognized.
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
                    ? "it is an IPI, and a kernel that keeps an IPI masked, as Linux does for spinlocks, treats an event on it as a bug "
                        + "and stops"
                    : "it is an IPI, and one of the guest's vCPUs could wait forever for another",
                "leave it to the guest");
        }
        if (CheckVirq(situation, step) is { } virq) yield return virq;
        if (step.Value == 0)
        {
            // The step unmasks the port. An event that arrives at the same time can be lost; then the control domain must send another
            // event to the vCPU. It can send one on this port if the other end of the port is in the control domain. If not,
            // CheckLateEvents requires another channel from the control domain to the vCPU.
            foreach (var objection in step.Kind == PokeField.Mask && !NotificationChannel.EndsAtControl(reading)
                ? PokeGuards.CheckLateEvents(situation, reading.Vcpu, PokeAdvice.Repair(situation, port, unmask: true))
                : []) yield return objection;
            yield break;
        }
        if (!NotificationChannel.Exists(situation, port))
            yield return new(PokeGuard.Repairable,
                "an event that arrives while it is masked would stay pending, since the control domain has no channel to notify the vCPU",
                PokeAdvice.LeaveToGuest);
        if (!(step.Kind == PokeField.Mask ? LeavesHole(situation, port) : LeavesPattern(situation, step, port)))
            yield return new(PokeGuard.AbiKept,
                "it is the last unmasked port that shows the event ABI of the guest, and without it nothing could be repaired or undone",
                PokeAdvice.LeaveToGuest);
    }

    /// <summary>
    /// Returns the violation if a step masks a virtual interrupt; otherwise null. Only Xen sends this interrupt, and parts of the guest
    /// that wait for it can keep other channels masked.
    /// </summary>
    public static GuardViolation? CheckVirq(PokeContext situation, PokeStep step)
    {
        if (step is not { Value: not 0, Port: { } port } || situation.Port(port) is not { State: ChannelState.VirtualIrq } reading)
            return null;
        return new(
            PokeGuard.NotVirq,
            reading.Irq == (uint)VirtualIrq.Timer
                ? $"it is the timer of vCPU {PokeSteps.Number((uint)reading.Vcpu)}, and other parts of the guest may depend on it, "
                    + $"such as channels that stay masked until the timer runs"
                : "it is a virtual interrupt, which only Xen sends, and the guest may depend on it",
            PokeAdvice.LeaveToGuest);
    }

    // Returns true if the event ABI of the guest can still be recognized after this port is masked. All mask bits of unused ports are set,
    // so a two-level guest is recognized by a port in use whose mask bit is clear. At least one such port other than this one must remain.
    private static bool LeavesHole(PokeContext situation, uint port) =>
        situation.Abi != EventAbi.TwoLevel
        || situation.Guest.Ports!.Bound.Any(peer => peer.Port != port && peer.State is not null && !situation.IsMasked(peer.Port));

    // Returns true if the page can still be recognized as a page of the event array of a FIFO guest after the step has set its bits. If
    // not, the program could not find the page again, so the guest could not be repaired.
    private static bool LeavesPattern(PokeContext situation, PokeStep step, uint port)
    {
        if (situation.Target.Memory is not { } memory || situation.Guest.Ports is not { } ports) return true;
        var fits = true;
        memory.VisitFrames(situation.DomId, [step.Frame], (_, page) =>
        {
            var after = page.ToArray();
            LayoutField.Write(after, step.Offset, sizeof(uint), LayoutField.Read(after, step.Offset, sizeof(uint)) | step.Bits);
            fits = new EventArrayPattern(ports).Fits(after, (int)(port / EventWord.PerPage));
        });
        return fits;
    }
}
