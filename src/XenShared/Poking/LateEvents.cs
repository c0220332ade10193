using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>
/// Events that come in the very moment in which a bit of their chain is cleared by hand. Xen passes an event on bit by bit (pending, selector, upcall, kick) and
/// ends at the first that is set already (<c>evtchn_2l_set_pending</c>, xen/common/event_2l.c; <c>vcpu_mark_events_pending</c>, xen/arch/x86/domain.c). One that ended at a bit
/// just before that is cleared is told to nobody, and the bits that it has set end every later one: the vCPU sleeps for good. So whoever clears such a bit looks
/// afterwards, and has Xen tell the vCPU anew.
/// </summary>
internal static class LateEvents
{
    private static readonly TimeSpan s_handling = TimeSpan.FromMilliseconds(20);

    /// <summary>The vCPUs whose chain was opened by a step: one that cleared an upcall, bits of a selector, or a mask.</summary>
    /// <param name="situation">The guest.</param>
    /// <param name="written">The steps that changed something.</param>
    public static List<int> Opened(PokeSituation situation, Stack<PokeStep> written)
    {
        var vcpus = new List<int>();
        foreach (var step in written)
        {
            if ((step.Before & ~step.Value) == 0) continue;
            var vcpu = step switch
            {
                { Target: PokeField.UpcallPending or PokeField.PendingSelector } => step.Vcpu,
                { Target: PokeField.Mask, Port: { } port } => situation.Port(port)?.Vcpu,
                _ => null,
            };
            if (vcpu is { } opened && !vcpus.Contains(opened)) vcpus.Add(opened);
        }
        return vcpus;
    }

    /// <summary>
    /// The words of the bitmaps where events wait that a vCPU is not told of, for want of a selector bit or of an upcall; a bit for each.
    /// A guest that is just handling events looks the same, so it is asked twice.
    /// </summary>
    public static ulong Missed(PokeSituation situation, int vcpu)
    {
        var now = situation.Again();
        var missed = Untold(now, vcpu);
        if (missed == 0) return 0;
        // The time of a simulated or recorded host moves with each look.
        if (now.Target is not IRecordedSamples) Thread.Sleep(s_handling);
        return missed & Untold(now.Again(), vcpu);
    }

    /// <summary>
    /// Clears what would end the next event of a bell, against Xen's order: whatever event comes between two of the steps then finds no bit set that is not cleared
    /// after it was told on, or that another event has set since.
    /// </summary>
    public static List<PokeStep> Reopen(PokeSituation situation, int vcpu, uint bell)
    {
        var layout = PokeSteps.Layout(situation);
        return
        [
            PokeSteps.RecordStep(situation, PokeField.UpcallPending, vcpu, layout.Vcpu.UpcallPending, 0xff, 0) with { IsPrecaution = true },
            PokeSteps.RecordStep(situation, PokeField.PendingSelector, vcpu, layout.Vcpu.PendingSelector, PokeSteps.WordOf(layout, bell), 0) with { IsPrecaution = true },
            PokeSteps.PortBit(situation, PokeField.Pending, bell, false) with { IsPrecaution = true },
        ];
    }

    private static ulong Untold(PokeSituation now, int vcpu)
    {
        if (now is not { Layout: { } layout, Guest.Ports: { } ports } || now.Page.IsEmpty) return 0;
        ulong waiting = 0;
        foreach (var port in ports.Bound)
        {
            if (port.Vcpu == vcpu && port.State is not null && now.IsPending(port.Port) && !now.IsMasked(port.Port)) waiting |= PokeSteps.WordOf(layout, port.Port);
        }
        // Where the record is may take a search of the guest's memory to know.
        if (waiting == 0 || !PokeSteps.IsRecordKnown(now, vcpu)) return 0;
        var selector = PokeSteps.RecordStep(now, PokeField.PendingSelector, vcpu, layout.Vcpu.PendingSelector, ulong.MaxValue, 0).Seen;
        var upcall = PokeSteps.RecordStep(now, PokeField.UpcallPending, vcpu, layout.Vcpu.UpcallPending, 0xff, 0).Seen & 0xff;
        return upcall == 0 ? waiting : waiting & ~selector;
    }
}
