namespace XenShared.Poking;

/// <summary>
/// Repairs a channel with a pending event that the guest does not handle, because the port is masked or the vCPU was not notified. The plan
/// (<see cref="RepairPlan"/>) includes other channels of the vCPU that must be repaired first, and all of it needs one confirmation. Bits
/// that block delivery are written directly. Then Xen sends a real event, which notifies and wakes the vCPU wherever its <c>vcpu_info</c>
/// is. In a two-level guest, the repair finally waits until the guest has handled the event.
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

    // These guards protect pokes that no event follows. A repair ends with a real event, so it does not need them. It is not known whether
    // the vcpu_info of a sleeping vCPU is live, but clearing bits in a frozen copy has no effect.
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
            // One event can be too few: the guest skips the port if it checked the word just before the port's mask bit was cleared, and
            // Xen ignores an event on a notification port that is still pending. So the event is sent again from time to time.
            if (notifyPort != port && round % PollsPerEvent == 0 && !now.IsPending(notifyPort)) run.SendAgain(now, notifyPort, notifyEnd);
        }
    }

    // Linux can delay the end of a device's event, and then only a timer ends it. If the timer port of the vCPU is masked, the event never
    // ends, so the advice names that port.
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
