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

    // Returns an executor without four guards. Delivery, EventKept and Repairable prevent pokes after which no event reaches the guest, but
    // a repair ends with a real event. SlotLive refuses a sleeping vCPU, because its vcpu_info could be a frozen copy. A repair clears bits
    // there, and clearing bits of a frozen copy has no effect.
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
            // The wait is limited by time on a real host. A simulated host has no real time, because its time advances with each read. So
            // the number of reads is limited there.
            var isLate = run.Target.IsRealTime
                ? TimeProvider.System.GetElapsedTime(start) > request.Timeout
                : round > MaximumPolls;
            if (isLate) throw NotTaken(now, port, request.Unmask);
            if (run.Target.IsRealTime) TimeProvider.System.Wait(s_pause, cancellation);
            // The event is sent again from time to time. The first event has no effect if the guest checked the port's word of the bitmap
            // just before the port was unmasked. While the notification port is pending, no event is sent, because Xen would ignore it.
            if (notifyPort != port && round % PollsPerEvent == 0 && !now.IsPending(notifyPort)) run.SendAgain(now, notifyPort, notifyEnd);
        }
    }

    // Creates the error that the guest did not handle the event in time. Linux handles no new event of a device's port until it has ended
    // the previous one, which can wait for the timer of the vCPU. If the port of this timer is masked, that never happens, so the advice
    // names the port.
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
