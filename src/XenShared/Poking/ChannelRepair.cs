using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>
/// Recipes for a channel that does not come through: one that is masked for good with an event waiting, and one whose event got lost between two bits.
/// What is written by hand is only what stops Xen's own chain; the event itself is then raised by Xen, which tells the vCPU, wakes it, and knows where its
/// record is. In the end it is looked at whether the guest has taken it.
/// </summary>
public sealed class ChannelRepair(IXenTarget target, IPokeObserver observer)
{
    private const int MaximumLooks = 200;
    private const int LooksPerBell = 10;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>How.</summary>
    public PokeOptions Options { get; init; } = new();

    /// <summary>How long the guest may take to handle the event.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Makes the guest handle what waits on a port.</summary>
    /// <param name="domId">The guest.</param>
    /// <param name="port">Its port.</param>
    /// <param name="unmask">Whether a mask is taken off; otherwise a masked port is refused, since the guest may want it so.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>, <see cref="XenErrorId.PokeLostRace"/>,
    /// <see cref="XenErrorId.WaitTimedOut"/>: the guest has not taken the event; those of the target.</exception>
    public void Repair(ushort domId, uint port, bool unmask, CancellationToken cancellation = default)
    {
        List<string> arguments = ["poke", FarPoke.Option("domid", domId), FarPoke.Option("port", port), "--repair", FarPoke.Option("patience", Patience.TotalSeconds)];
        if (unmask) arguments.Add("--unmask");
        if (FarPoke.TryRun(target, observer, Options, arguments, null, cancellation)) return;
        var run = new PokeRun(target, observer, Options);
        var situation = run.Look(domId, watch: true, cancellation);
        var bell = Bell(situation, port);
        var bellEnd = EventSend.LocalEnd(target, situation, bell);
        var steps = situation.Abi == EventAbi.Fifo ? FifoSteps(situation, port, bell, unmask) : TwoLevelSteps(situation, port, bell, unmask).ToList();
        if (steps.Count > 0 && !Relaxed().Do(situation, steps, followedBy: PokeRun.DescribeSend(bell, bellEnd))) return;
        if (!run.Send(situation, bell, bellEnd, null, () => EventSend.CheckEnds(target, domId, bell, bellEnd), isConfirmed: steps.Count > 0)) return;
        if (situation.Abi == EventAbi.TwoLevel) AwaitTaken(run, situation, port, bell, bellEnd, cancellation);
    }

    // These guards stand for pokes that are done alone. Here a real event follows, which is just what they ask for; and bits that are cleared in a frozen
    // record, as that of a vCPU that sleeps may be, change nothing.
    private PokeRun Relaxed() =>
        new(target, observer, Options with { LeftOut = new HashSet<PokeGuard>(Options.LeftOut) { PokeGuard.Delivery, PokeGuard.EventKept, PokeGuard.Repairable, PokeGuard.SlotLive } });

    private static uint Bell(PokeSituation situation, uint port)
    {
        if (situation.Port(port) is not { State: not null })
            throw Refuse(situation, port, PokeGuard.PortBound, "the port is closed, or Xen's own", "list the domain's channels");
        return ChannelBell.Ready(situation, port) ?? throw Refuse(situation, port, PokeGuard.Delivery, situation.Abi == EventAbi.TwoLevel
            ? "no channel of the control domain makes the same vCPU look at the same word"
            : $"the control domain has no end of the channel, and only such a one can be repaired in a guest that is not known to use two-level channels ({situation.Guest.Abi.Evidence})",
            "have its other end send again");
    }

    private static IEnumerable<PokeStep> TwoLevelSteps(PokeSituation situation, uint port, uint bell, bool unmask)
    {
        if (situation.IsMasked(port))
        {
            if (!unmask) throw Refuse(situation, port, PokeGuard.Delivery, "the guest has the channel masked and may want it so", "ask for it to be unmasked as well");
            // First the mask: an event that comes between the two is taken like any other.
            yield return PokeSteps.PortBit(situation, PokeField.Mask, port, false);
        }
        var vcpu = situation.Port(bell)?.Vcpu ?? 0;
        if (SleepsOverBits(situation, vcpu, bell))
        {
            // All of the chain, also what is clear by now: until it is written, another event may end at a bit that stands, and set the next.
            foreach (var step in LateEvents.Reopen(situation, vcpu, bell)) yield return step;
        }
        // An event that waits keeps Xen from raising the next one; the one that is sent now stands for both. On a bell that is a neighbour too: Linux answers none
        // of a device's events while it delays their end (xen_irq_lateeoi, drivers/xen/events), and the clock that ends the delay may be just what is masked.
        else if (situation.IsPending(bell)) yield return PokeSteps.PortBit(situation, PokeField.Pending, bell, false);
    }

    // A vCPU that sleeps although it has been told to look is one that a bit was set for by hand. Xen tells it anew once the bit is clear.
    private static bool SleepsOverBits(PokeSituation situation, int vcpu, uint bell)
    {
        var layout = PokeSteps.Layout(situation);
        if (situation.Vcpu(vcpu) is not { Blocked: true } || !PokeSteps.IsRecordKnown(situation, vcpu)) return false;
        var word = PokeSteps.WordOf(layout, bell);
        return (PokeSteps.RecordStep(situation, PokeField.UpcallPending, vcpu, layout.Vcpu.UpcallPending, 0xff, 0).Seen & 0xff) != 0
            || (PokeSteps.RecordStep(situation, PokeField.PendingSelector, vcpu, layout.Vcpu.PendingSelector, word, 0).Seen & word) != 0;
    }

    private static List<PokeStep> FifoSteps(PokeSituation situation, uint port, uint bell, bool unmask) =>
        unmask && bell == port ? [PokeSteps.EventWord(situation, port, masked: false, eventFollows: true)] : [];

    private void AwaitTaken(PokeRun run, PokeSituation situation, uint port, uint bell, uint bellEnd, CancellationToken cancellation)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var round = 0;
        for (var now = situation.Again(); now.IsPending(port); now = now.Again())
        {
            // A host whose time moves with each look needs no waiting, but an end.
            if (target is IRecordedSamples ? ++round > MaximumLooks : clock.Elapsed > Patience)
            {
                throw NotTaken(now, port);
            }
            if (target is not IRecordedSamples && cancellation.WaitHandle.WaitOne(s_pause)) cancellation.ThrowIfCancellationRequested();
            // The guest may have looked at the word just before; then it has to be told once more.
            if (bell != port && ++round % LooksPerBell == 0 && !now.IsPending(bell)) run.Writer.SendEvent(bellEnd, situation.DomId, bell);
        }
    }

    // Linux may end a device's event by the clock only, so a vCPU whose timer is masked never does.
    private static XenException NotTaken(PokeSituation now, uint port)
    {
        var vcpu = now.Port(port)?.Vcpu ?? 0;
        var hint = $"see whether its vCPU {PokeSteps.Number((uint)vcpu)} runs at all";
        foreach (var one in now.Guest.Ports!.Bound)
        {
            if (one is { State: ChannelState.VirtualIrq, Irq: (uint)VirtualIrq.Timer } && one.Vcpu == vcpu && one.Port != port && now.IsMasked(one.Port))
                hint = $"the timer of its vCPU {PokeSteps.Number((uint)vcpu)}, port {PokeSteps.Number(one.Port)}, is masked, so repair and unmask that one first";
        }
        return new XenException(XenErrorId.WaitTimedOut, $"Domain {now.DomId} has not taken the event on port {PokeSteps.Number(port)}; {hint}.")
        {
            DomId = now.DomId,
            Port = port,
            Hint = char.ToUpperInvariant(hint[0]) + hint[1..] + ".",
        };
    }

    private static XenException Refuse(PokeSituation situation, uint port, PokeGuard guard, string danger, string advice) =>
        PokeSteps.Refusal(situation, $"Port {PokeSteps.Number(port)}", port, new PokeObjection(guard, danger, advice, IsFinal: true));
}
