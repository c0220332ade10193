using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>
/// Recipes for a channel that does not come through: one that is masked for good with an event waiting, and one whose event got lost
/// between two bits. What has to come first on the same vCPU is part of the plan (<see cref="RepairPlan"/>), and of the one question that
/// is asked. What is written by hand is only what stops Xen's own chain; the event itself is then raised by Xen, which tells the vCPU,
/// wakes it, and knows where its record is. In the end it is looked at whether the guest has taken it.
/// </summary>
public sealed class ChannelRepair(IXenDataSource target, IPokeObserver observer)
{
    private const int MaximumPolls = 200;
    private const int PollsPerEvent = 10;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Gets the options of the poke.</summary>
    public PokeOptions Options { get; init; } = new();

    /// <summary>Gets how long the guest may take to handle the event.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Makes the guest handle what waits on a port.</summary>
    /// <param name="domId">The guest.</param>
    /// <param name="port">Its port.</param>
    /// <param name="unmask">Whether masks are taken off, the port's and those of the channels that have to come first; otherwise a masked
    /// port is refused, since the guest may want it so.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>, <see cref="XenErrorId.PokeLostRace"/>,
    /// <see cref="XenErrorId.WaitTimedOut"/>: the guest has not taken the event; those of the target.</exception>
    public void Repair(ushort domId, uint port, bool unmask, CancellationToken cancellation = default)
    {
        List<string> arguments =
        [
            "poke",
            RemotePoke.Option("domid", domId),
            RemotePoke.Option("port", port),
            "--repair",
            RemotePoke.Option("patience", Timeout.TotalSeconds),
        ];
        if (unmask)
            arguments.Add("--unmask");
        if (RemotePoke.TryRun(target, observer, Options, arguments, null, cancellation))
            return;
        var run = new PokeExecutor(target, observer, Options);
        run.RunSequence(() => Repair(run, domId, port, unmask, cancellation));
    }

    private void Repair(PokeExecutor run, ushort domId, uint port, bool unmask, CancellationToken cancellation)
    {
        var situation = run.ReadContext(domId, watch: true, cancellation);
        var plan = RepairPlan.For(situation, port, unmask);
        var notifyPort = plan.NotifyPort;
        var notifyEnd = EventSend.LocalEnd(target, situation, notifyPort);
        run.Writer.PrepareToSend();
        var isDone = plan.Steps.Count > 0
            ? Relaxed(run).Execute(situation, plan.Steps, followedBy: (notifyPort, notifyEnd))
            : run.Send(situation, notifyPort, notifyEnd, null, () => EventSend.CheckEnds(target, domId, notifyPort, notifyEnd));
        if (!isDone) return;
        if (situation.Abi == EventAbi.TwoLevel) AwaitTaken(run, situation, plan, notifyEnd, unmask, cancellation);
    }

    // These guards stand for pokes that are done alone. Here a real event follows, which is just what they ask for; and bits that are
    // cleared in a frozen record, as that of a vCPU that sleeps may be, change nothing.
    private PokeExecutor Relaxed(PokeExecutor run) =>
        run.With(
            Options with
            {
                DisabledGuards = new HashSet<PokeGuard>(Options.DisabledGuards)
                {
                    PokeGuard.Delivery,
                    PokeGuard.EventKept,
                    PokeGuard.Repairable,
                    PokeGuard.SlotLive,
                },
            });

    private void AwaitTaken(
        PokeExecutor run,
        PokeContext situation,
        RepairPlan plan,
        uint notifyEnd,
        bool unmask,
        CancellationToken cancellation)
    {
        var (port, notifyPort) = (plan.Port, plan.NotifyPort);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var round = 0;
        for (var now = situation.Refresh(); now.IsPending(port); now = now.Refresh())
        {
            // A host whose time moves with each look needs no waiting, but an end.
            if (target.IsRealTime ? clock.Elapsed > Timeout : ++round > MaximumPolls) throw NotTaken(now, port, unmask);
            if (target.IsRealTime && cancellation.WaitHandle.WaitOne(s_pause)) cancellation.ThrowIfCancellationRequested();
            // The guest may have looked at the word just before; then it has to be told once more.
            if (notifyPort != port && ++round % PollsPerEvent == 0 && !now.IsPending(notifyPort)) run.SendAgain(now, notifyPort, notifyEnd);
        }
    }

    // Linux may end a device's event by the clock only, so a vCPU whose timer is masked never does.
    private static XenException NotTaken(PokeContext now, uint port, bool unmask)
    {
        var vcpu = now.Port(port)?.Vcpu ?? 0;
        var number = PokeSteps.Number(port);
        var hint =
            now.Guest.Domain.State == DomainState.Paused ? "the domain is paused, so unpause it"
            : RepairPlan.MaskedTimer(now, vcpu) is { } timer && timer != port
                ? unmask
                        ? $"the timer of its vCPU {PokeSteps.Number((uint)vcpu)}, port {PokeSteps.Number(timer)}, is masked again, so "
                            + $"restart the guest if it hangs"
                    : $"the timer of its vCPU {PokeSteps.Number((uint)vcpu)}, port {PokeSteps.Number(timer)}, is masked, so repair port "
                        + $"{number} and unmask it"
            : $"see whether its vCPU {PokeSteps.Number((uint)vcpu)} runs at all, and restart the guest if it hangs";
        return new XenException(XenErrorId.WaitTimedOut, $"Domain {now.DomId} has not taken the event on port {number}", hint)
        {
            DomId = now.DomId,
            Port = port,
        };
    }
}
