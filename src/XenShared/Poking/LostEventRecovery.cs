namespace XenShared.Poking;

/// <summary>
/// Events that come in the very moment in which a bit of their chain is cleared by hand. Xen passes an event on bit by bit (pending,
/// selector, upcall, kick) and ends at the first that is set already (<c>evtchn_2l_set_pending</c>, xen/common/event_2l.c;
/// <c>vcpu_mark_events_pending</c>, xen/arch/x86/domain.c). One that ended at a bit just before that is cleared is told to nobody, and the
/// bits that it has set end every later one: the vCPU sleeps for good. So whoever clears such a bit looks afterwards, and has Xen tell the
/// vCPU anew.
/// </summary>
internal static class LostEventRecovery
{
    private static readonly TimeSpan s_handling = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// Returns the vCPU whose chain a step has opened: it cleared an upcall, bits of a selector, or a mask. Null when it did not.
    /// </summary>
    public static int? FindAffectedVcpu(PokeContext situation, PokeStep step) => (step.Before & ~step.Value) == 0 ? null : step switch
    {
        { Kind: PokeField.UpcallPending or PokeField.PendingSelector } => step.Vcpu,
        { Kind: PokeField.Mask, Port: { } port } => situation.Port(port)?.Vcpu,
        _ => null,
    };

    /// <summary>
    /// Returns the words of the bitmaps where events wait that a vCPU is not told of, for want of a selector bit or of an upcall, and was
    /// when it was looked at before; one bit each. A guest that is just handling events looks the same, so it is asked twice.
    /// </summary>
    /// <param name="before">What was known before anything was written: what was wrong then is none of this.</param>
    /// <param name="vcpu">The vCPU.</param>
    /// <param name="unmasked">The port whose mask was cleared, when only that is to be looked at.</param>
    public static ulong FindLostEvents(PokeContext before, int vcpu, uint? unmasked = null)
    {
        var now = before.Refresh();
        var missed = Fresh(before, now, vcpu, unmasked);
        if (missed == 0) return 0;
        // The time of a simulated or recorded host moves with each look.
        if (now.Target.IsRealTime) Thread.Sleep(s_handling);
        return missed & Fresh(before, now.Refresh(), vcpu, unmasked);
    }

    /// <summary>
    /// Clears upcall, selector and pending in reverse delivery order, so an event that arrives part-way cannot stop at a bit that is about
    /// to be cleared.
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
        // An upcall that is clear beside a selector bit is nobody's but ours; a word without its bit may be what was wrong before.
        FindUndelivered(before, vcpu, null, out var wasUnselected, out _);
        return unselected & ~wasUnselected | silent;
    }

    // Words that wait without a selector bit, and those that have theirs without an upcall.
    private static void FindUndelivered(PokeContext now, int vcpu, uint? unmasked, out ulong unselected, out ulong silent)
    {
        unselected = silent = 0;
        if (now is not { Layout: { } layout, Guest.Ports: { } ports } || now.Page.IsEmpty) return;
        ulong waiting = 0;
        foreach (var port in ports.Bound)
        {
            if (
                port.Vcpu == vcpu
                && port.State is not null
                && (unmasked ?? port.Port) == port.Port
                && now.IsPending(port.Port)
                && !now.IsMasked(port.Port))
                waiting |= PokeSteps.WordOf(layout, port.Port);
        }
        // Where the record is may take a search of the guest's memory to know.
        if (waiting == 0 || !PokeSteps.IsRecordKnown(now, vcpu)) return;
        var selector = PokeSteps.RecordStep(now, PokeField.PendingSelector, vcpu, layout.Vcpu.PendingSelector, ulong.MaxValue, 0).Seen;
        var upcall = PokeSteps.RecordStep(now, PokeField.UpcallPending, vcpu, layout.Vcpu.UpcallPending, 0xff, 0).Seen & 0xff;
        unselected = waiting & ~selector;
        silent = upcall == 0 ? waiting & selector : 0;
    }
}
