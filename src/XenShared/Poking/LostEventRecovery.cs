namespace XenShared.Poking;

/// <summary>
/// Finds events that were lost because a poke cleared a bit while Xen delivered them, and creates the steps that Xen needs to notify the
/// vCPU again. Xen sets bit after bit (pending, selector, upcall), then wakes the vCPU, and stops at the first bit that is already set
/// (<c>evtchn_2l_set_pending</c>, xen/common/event_2l.c; <c>vcpu_mark_events_pending</c>, xen/arch/x86/domain.c). If an event stops at a
/// bit just before that bit is cleared, the vCPU is not notified. The bits of this event then stop every later one, and the vCPU sleeps
/// forever. So lost events must be searched for after such a bit is cleared.
/// </summary>
internal static class LostEventRecovery
{
    private static readonly TimeSpan s_handling = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Returns the vCPU that may miss events because a step cleared its upcall, selector bits of it, or the mask bit of one of its ports;
    /// null for any other step.
    /// </summary>
    public static int? FindAffectedVcpu(PokeContext situation, PokeStep step) => (step.Before & ~step.Value) == 0 ? null : step switch
    {
        { Kind: PokeField.UpcallPending or PokeField.PendingSelector } => step.Vcpu,
        { Kind: PokeField.Mask, Port: { } port } => situation.Port(port)?.Vcpu,
        _ => null,
    };

    /// <summary>
    /// Returns the words of the pending bitmap, one bit for each word, with pending events of which the vCPU is not notified, because the
    /// selector bit of the word or the upcall is clear. While a guest handles events, its bits look the same for a moment, so a word counts
    /// only if two reads show it.
    /// </summary>
    /// <param name="before">The state before anything was written. Words whose selector bit was missing then are left out, unless
    /// <paramref name="unmasked"/> is given.</param>
    /// <param name="vcpu">The vCPU.</param>
    /// <param name="unmasked">The port whose mask was cleared, to check only that port; null for all ports.</param>
    public static ulong FindLostEvents(PokeContext before, int vcpu, uint? unmasked = null)
    {
        var now = before.Refresh();
        var missed = Fresh(before, now, vcpu, unmasked);
        if (missed == 0) return 0;
        // A real guest needs time to handle its events. A simulated host needs no wait, because its time advances with each read.
        if (now.Target.IsRealTime) TimeProvider.System.Wait(s_handling, CancellationToken.None);
        return missed & Fresh(before, now.Refresh(), vcpu, unmasked);
    }

    /// <summary>
    /// Creates the steps that clear a vCPU's upcall, and then the selector bit and the pending bit of a port. The pending bit is last, so
    /// an event on the port that arrives after it finds the other bits already clear, and notifies the vCPU. In Xen's order, it could stop
    /// at a bit that is cleared afterwards.
    /// </summary>
    public static List<PokeStep> GetResetSteps(PokeContext situation, int vcpu, uint notifyPort)
    {
        var layout = PokeSteps.Layout(situation);
        return
        [
            PokeSteps.RecordStep(situation, PokeField.UpcallPending, vcpu, layout.Vcpu.UpcallPending, 0xff, 0) with
            {
                IsPrecaution = true,
            },
            PokeSteps.RecordStep(
                situation,
                PokeField.PendingSelector,
                vcpu,
                layout.Vcpu.PendingSelector,
                PokeSteps.WordOf(layout, notifyPort),
                0
            ) with
            {
                IsPrecaution = true,
            },
            PokeSteps.PortBit(situation, PokeField.Pending, notifyPort, false) with
            {
                IsPrecaution = true,
            },
        ];
    }

    private static ulong Fresh(PokeContext before, PokeContext now, int vcpu, uint? unmasked)
    {
        FindUndelivered(now, vcpu, unmasked, out var unselected, out var silent);
        if ((unselected | silent) == 0 || unmasked is not null) return unselected | silent;
        // All words in silent count: their upcall is clear although the selector bit is set. A guest does not leave them so, so the write
        // has caused it. A word in unselected counts only if it was not in that set before the write.
        FindUndelivered(before, vcpu, null, out var wasUnselected, out _);
        return unselected & ~wasUnselected | silent;
    }

    // Finds the words of the bitmap that have pending, unmasked events of the vCPU, but of which the vCPU is not notified. In the words of
    // unselected, the selector bit of the word is clear. In the words of silent, the selector bit is set, but the upcall of the vCPU is
    // clear.
    private static void FindUndelivered(PokeContext now, int vcpu, uint? unmasked, out ulong unselected, out ulong silent)
    {
        unselected = silent = 0;
        if (now is not { Layout: { } layout, Guest.Ports: { } ports } || now.Page.IsEmpty) return;
        ulong waiting = 0;
        foreach (var port in ports.Bound)
        {
            if (port.Vcpu == vcpu
                && port.State is not null
                && (unmasked ?? port.Port) == port.Port
                && now.IsPending(port.Port)
                && !now.IsMasked(port.Port))
                waiting |= PokeSteps.WordOf(layout, port.Port);
        }
        // The selector and the upcall are in the vcpu_info. To find it, guest memory may have to be searched, so this is done only if
        // events are pending.
        if (waiting == 0 || !PokeSteps.IsRecordKnown(now, vcpu)) return;
        var selector = PokeSteps.RecordStep(now, PokeField.PendingSelector, vcpu, layout.Vcpu.PendingSelector, ulong.MaxValue, 0).Seen;
        var upcall = PokeSteps.RecordStep(now, PokeField.UpcallPending, vcpu, layout.Vcpu.UpcallPending, 0xff, 0).Seen & 0xff;
        unselected = waiting & ~selector;
        silent = upcall == 0 ? waiting & selector : 0;
    }
}
