namespace XenShared.Poking;

/// <summary>
/// Represents the plan to repair a port together with other channels of its vCPU. Some of them must be unmasked first: the timer, because
/// Linux can delay the end of a device's event until a timer runs (<c>xen_irq_lateeoi</c>, drivers/xen/events/events_base.c) and handles no
/// other event of the device until then; and the notification channel, which the guest may have masked during such a delay.
/// </summary>
/// <param name="Port">The port to repair.</param>
/// <param name="NotifyPort">The port on which the control domain sends an event; it can be the port to repair.</param>
/// <param name="Steps">The steps before that event, in order.</param>
internal sealed record RepairPlan(uint Port, uint NotifyPort, IReadOnlyList<PokeStep> Steps)
{
    /// <summary>Plans a repair.</summary>
    /// <param name="situation">The state of the guest.</param>
    /// <param name="port">The port.</param>
    /// <param name="unmask">Whether to clear masks: that of the port and of channels that must be repaired first.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>: no channel can notify the vCPU, or only masked
    /// ones.</exception>
    public static RepairPlan For(PokeContext situation, uint port, bool unmask)
    {
        if (situation.Port(port) is not { State: not null } reading)
            throw Refuse(situation, port, PokeGuard.PortBound, "the port is closed, or Xen's own", "list the domain's channels");
        var isTwoLevel = situation.Abi == EventAbi.TwoLevel;
        if (!unmask && (isTwoLevel ? situation.IsMasked(port) : PokeSteps.IsEventWordMasked(situation, port)))
            throw Refuse(situation, port, PokeGuard.Delivery, "the guest has masked the channel, possibly on purpose",
                $"request to unmask port {PokeSteps.Number(port)} as well");
        if (NotificationChannel.Ready(situation, port, unmask) is { } notifyPort)
            return new RepairPlan(port, notifyPort, isTwoLevel ? [.. TwoLevelSteps(situation, port, notifyPort, unmask, reading.Vcpu)]
                : FifoSteps(situation, port, unmask));
        if (NotificationChannel.Ready(situation, port, unmask: true) is { } masked)
        {
            throw Refuse(situation, port, PokeGuard.Delivery,
                $"the guest has masked port {PokeSteps.Number(masked)}, and no other channel can notify the same vCPU",
                $"request to unmask port {PokeSteps.Number(port)} as well");
        }
        throw Refuse(
            situation,
            port,
            PokeGuard.Delivery,
            isTwoLevel
                ? "no channel of the control domain makes the same vCPU check the same word"
                : $"the control domain has no end of the channel, which a repair requires in a guest that is not known to use "
                    + $"two-level channels ({situation.Guest.Abi.Evidence})",
            PokeAdvice.DeadEnd(reading.Vcpu));
    }

    /// <summary>Returns the timer of a vCPU if the guest has masked it; otherwise null.</summary>
    public static uint? MaskedTimer(PokeContext situation, int vcpu)
    {
        foreach (var port in situation.Guest.Ports?.Bound ?? [])
        {
            if (port is { State: ChannelState.VirtualIrq, Irq: (uint)VirtualIrq.Timer } && port.Vcpu == vcpu
                && situation.IsMasked(port.Port)) return port.Port;
        }
        return null;
    }

    private static IEnumerable<PokeStep> TwoLevelSteps(PokeContext situation, uint port, uint notifyPort, bool unmask, int vcpu)
    {
        // The mask bits of the ports are cleared before all other bits are written. So an event that arrives on one of these ports between
        // two steps is delivered normally.
        uint[] opened = unmask
            ? [.. new[] { MaskedTimer(situation, vcpu), notifyPort, port }.OfType<uint>().Distinct().Where(situation.IsMasked)]
            : [];
        foreach (var first in opened) yield return PokeSteps.PortBit(situation, PokeField.Mask, first, false);
        if (SleepsOverBits(situation, vcpu, notifyPort))
        {
            // These steps clear the upcall, the selector bit and the pending bit. They are all made, even for bits that are clear now,
            // because an event can set a bit before the steps are written.
            foreach (var step in LostEventRecovery.GetResetSteps(situation, vcpu, notifyPort)) yield return step;
        }
        // Xen drops an event on a pending port. So the pending bit of the notification port is cleared, and the new event sets it again. It
        // can be pending even if another port is repaired: Linux can delay the end of a device's event until a timer runs, and handles no
        // new event of the device before that. If the timer port is masked, the delay does not end.
        else if (situation.IsPending(notifyPort)) yield return PokeSteps.PortBit(situation, PokeField.Pending, notifyPort, false);
        // When the event is sent on the notification port, Xen sets only the selector bit of that port's word. So the selector bits of the
        // other words with pending events are set here.
        var layout = PokeSteps.Layout(situation);
        var words = opened.Append(port).Where(situation.IsPending)
            .Aggregate(0ul, (all, peer) => all | PokeSteps.WordOf(layout, peer)) & ~PokeSteps.WordOf(layout, notifyPort);
        if (words != 0 && PokeSteps.IsRecordLive(situation, vcpu))
            yield return PokeSteps.RecordStep(situation, PokeField.PendingSelector, vcpu, layout.Vcpu.PendingSelector, words, words);
    }

    // Returns true if the vCPU sleeps although its upcall, or the selector bit of the notification port, is set. When Xen sets these bits,
    // it wakes the vCPU, so a poke may have set them. While they are set, Xen does not wake the vCPU for an event.
    private static bool SleepsOverBits(PokeContext situation, int vcpu, uint notifyPort)
    {
        var layout = PokeSteps.Layout(situation);
        if (situation.Vcpu(vcpu) is not { Blocked: true } || !PokeSteps.IsRecordKnown(situation, vcpu)) return false;
        var word = PokeSteps.WordOf(layout, notifyPort);
        return (PokeSteps.RecordStep(situation, PokeField.UpcallPending, vcpu, layout.Vcpu.UpcallPending, 0xff, 0).Seen & 0xff) != 0
            || (PokeSteps.RecordStep(situation, PokeField.PendingSelector, vcpu, layout.Vcpu.PendingSelector, word, 0).Seen & word) != 0;
    }

    private static PokeStep[] FifoSteps(PokeContext situation, uint port, bool unmask) =>
        unmask ? [PokeSteps.EventWord(situation, port, masked: false, eventFollows: true)] : [];

    private static XenException Refuse(PokeContext situation, uint port, PokeGuard guard, string danger, string advice) =>
        PokeSteps.Refusal(situation, $"Port {PokeSteps.Number(port)}", port, new GuardViolation(guard, danger, advice, CanForce: false));
}
