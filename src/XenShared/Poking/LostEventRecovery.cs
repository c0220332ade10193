namespace XenShared.Poking;

/// <summary>
/// Finds events that arrive while a bit of the delivery chain is cleared, and creates the steps before Xen notifies the vCPU again. Xen
/// sets bit after bit (pending, selector, upcall, kick) and stops at the first bit that is already set (<c>evtchn_2l_set_pending</c>,
/// xen/common/event_2l.c; <c>vcpu_mark_events_pending</c>, xen/arch/x86/domain.c). If an event stops at a bit just before that bit is
/// cleared, the vCPU is not notified, and the bits of this event stop every later one: the vCPU sleeps forever. So after clearing such a
/// bit, lost events must be found, and Xen must notify the vCPU again.
/// </summary>
internal static class LostEventRecovery
{
    private static readonly TimeSpan s_handling = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Returns the vCPU whose delivery chain a step affects because it clears an upcall, selector bits, or a mask; otherwise null.
    /// </summary>
    public static int? FindAffectedVcpu(PokeContext situation, PokeStep step) => (step.Before & ~step.Value) == 0 ? null : step switch
    {
        { Kind: PokeField.UpcallPending or PokeField.PendingSelector } => step.Vcpu,
        { Kind: PokeField.Mask, Port: { } port } => situation.Port(port)?.Vcpu,
        _ => null,
    };

    /// <summary>
    /// Returns the words of the bitmap (one bit each) with pending events of which the vCPU is not notified: a selector bit or the upcall
    /// is clear, and it was not clear before. A guest that is handling events looks the same, so the state is checked twice.
    /// </summary>
    /// <param name="before">The state before anything was written. Words that were already wrong are excluded.</param>
    /// <param name="vcpu">The vCPU.</param>
    /// <param name="unmasked">The port whose mask was cleared, to check only that port; null for all ports.</param>
    public static ulong FindLostEvents(PokeContext before, int vcpu, uint? unmasked = null)
    {
        var now = before.Refresh();
        var missed = Fresh(before, now, vcpu, unmasked);
        if (missed == 0) return 0;
        // The time of a simulated or recorded host advances with each read.
        if (now.Target.IsRealTime) TimeProvider.System.Wait(s_handling, CancellationToken.None);
        return missed & Fresh(before, now.Refresh(), vcpu, unmasked);
    }

    /// <summary>
    /// Creates the steps that clear upcall, selector and pending in reverse delivery order, so an event that arrives part-way cannot stop
    /// at a bit that is about to be cleared.
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
        // A clear upcall beside a set selector bit can only be the result of our write. A word without its selector bit may have been wrong
        // before.
        FindUndelivered(before, vcpu, null, out var wasUnselected, out _);
        return unselected & ~wasUnselected | silent;
    }

    // Words with a pending event but without a selector bit, and words with a selector bit but without the upcall.
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
        // Finding the record may need a search of guest memory.
        if (waiting == 0 || !PokeSteps.IsRecordKnown(now, vcpu)) return;
        var selector = PokeSteps.RecordStep(now, PokeField.PendingSelector, vcpu, layout.Vcpu.PendingSelector, ulong.MaxValue, 0).Seen;
        var upcall = PokeSteps.RecordStep(now, PokeField.UpcallPending, vcpu, layout.Vcpu.UpcallPending, 0xff, 0).Seen & 0xff;
        unselected = waiting & ~selector;
        silent = upcall == 0 ? waiting & selector : 0;
    }
}
