namespace XenShared.Poking;

/// <summary>
/// Repairs a channel whose event is stuck: it stays masked with a pending event, or the event was lost between two bits. The plan
/// (<see cref="RepairPlan"/>) includes other channels of the vCPU that must be repaired first, and all of it needs one confirmation. Only
/// bits that block delivery are written directly; then Xen sends a real event, which notifies and wakes the vCPU wherever its record is.
/// Finally, the repair waits until the guest has handled the event.
/// </summary>
internal static class ChannelRepair
{
    private const int MaximumPolls = 200;
    private const int PollsPerEvent = 10;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Makes the guest handle the pending event of a port.</summary>
    public static void Execute(PokeExecutor run, RepairPortRequest request, CancellationToken cancellation)
    {
        var situation = run.ReadContext(request.DomId, watch: true, cancellation);
        var plan = RepairPlan.For(situation, request.Port, request.Unmask);
        var notifyPort = plan.NotifyPort;
        var notifyEnd = EventSend.LocalEnd(situation, notifyPort);
        run.Writer.PrepareToSend();
        var isDone = plan.Steps.Count > 0
            ? Relaxed(run).Execute(situation, plan.Steps, followedBy: (notifyPort, notifyEnd))
            : run.Send(situation, notifyPort, notifyEnd, null, () =>
                EventSend.CheckEnds(run.Target, request.DomId, notifyPort, notifyEnd));
        if (!isDone) return;
        if (situation.Abi == EventAbi.TwoLevel) AwaitTaken(run, situation, plan, notifyEnd, request, cancellation);
    }

    // These guards protect single pokes. A repair ends with a real event, so it does not need them. It is not known whether the record of a
    // sleeping vCPU is live, but clearing bits in a frozen record has no effect.
    private static PokeExecutor Relaxed(PokeExecutor run) =>
        run.WithoutGuards(PokeGuard.Delivery, PokeGuard.EventKept, PokeGuard.Repairable, PokeGuard.SlotLive);

    private static void AwaitTaken(
        PokeExecutor run,
        PokeContext situation,
        RepairPlan plan,
        uint notifyEnd,
        RepairPortRequest request,
        CancellationToken cancellation)
    {
        var (port, notifyPort) = (plan.Port, plan.NotifyPort);
        var start = TimeProvider.System.GetTimestamp();
        var round = 0;
        for (var now = situation.Refresh(); now.IsPending(port); now = now.Refresh())
        {
            round++;
            // The time of a simulated host advances with each read, so the number of reads is limited instead of the time.
            var isLate = run.Target.IsRealTime
                ? TimeProvider.System.GetElapsedTime(start) > request.Timeout
                : round > MaximumPolls;
            if (isLate) throw NotTaken(now, port, request.Unmask);
            if (run.Target.IsRealTime) TimeProvider.System.Wait(s_pause, cancellation);
            // If the guest checked the word just before the mask bit of the port was cleared, it skipped the port. If the notification port
            // was still pending when the event was sent, Xen ignored that event. So it is sent again.
            if (notifyPort != port && round % PollsPerEvent == 0 && !now.IsPending(notifyPort)) run.SendAgain(now, notifyPort, notifyEnd);
        }
    }

    // Linux can end a device's event by timer only, so a vCPU with a masked timer never ends it.
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
            : $"check whether its vCPU {PokeSteps.Number((uint)vcpu)} runs, and restart the guest if it hangs";
        return new XenException(XenErrorId.WaitTimedOut, $"Domain {now.DomId} has not taken the event on port {number}", hint)
        {
            DomId = now.DomId,
            Port = port,
        };
    }
}
