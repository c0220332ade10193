namespace XenShared.Poking;

/// <summary>
/// Recommends another action when a guard refuses a poke. That guard does not refuse the recommended action. If no action is possible, the
/// text recommends to leave the field to the guest, or to restart the guest.
/// </summary>
internal static class PokeAdvice
{
    public const string LeaveToGuest = "leave it to the guest";

    /// <summary>Recommends sending an event to a port, if the control domain can.</summary>
    public static string Send(PokeContext situation, uint port) =>
        situation.Port(port) is { } reading && NotificationChannel.EndsAtControl(reading)
            ? $"send a real event on port {PokeSteps.Number(port)} instead" : LeaveToGuest;

    /// <summary>Recommends sending an event to one of a vCPU's ports, if the control domain can.</summary>
    public static string SendTo(PokeContext situation, int vcpu)
    {
        var ends = (situation.Guest.Ports?.Bound ?? [])
            .Where(port => port.Vcpu == vcpu && NotificationChannel.EndsAtControl(port))
            .ToArray();
        // A masked port, or one with a pending event, cannot notify the vCPU now, so an unmasked port without a pending event comes first.
        var open = ends.Where(port => !situation.IsMasked(port.Port)).OrderBy(port => situation.IsPending(port.Port)).Concat(ends);
        return open.Select(port => $"send a real event on port {PokeSteps.Number(port.Port)} instead").FirstOrDefault(LeaveToGuest);
    }

    /// <summary>Recommends repairing a port, if a repair can notify its vCPU.</summary>
    public static string Repair(PokeContext situation, uint port, bool unmask)
    {
        if (situation.Port(port) is not { State: not null } reading)
            return LeaveToGuest;
        if (unmask && reading.State == ChannelState.Ipi)
            return "restart the guest if it hangs, since only its own kernel unmasks an IPI safely";
        var notifyPort = NotificationChannel.Ready(situation, port, unmask);
        var unmasks = unmask || notifyPort is null;
        if (notifyPort is null && NotificationChannel.Ready(situation, port, unmask: true) is null) return DeadEnd(reading.Vcpu);
        return unmasks ? $"repair port {PokeSteps.Number(port)} and unmask it instead" : $"repair port {PokeSteps.Number(port)} instead";
    }

    /// <summary>
    /// Recommends an action for a vCPU that has no unmasked channel to the control domain: to repair one of its masked channels, or to
    /// leave it to the guest if it has none.
    /// </summary>
    public static string RepairOf(PokeContext situation, int vcpu) =>
        (situation.Guest.Ports?.Bound ?? []).Where(port => port.Vcpu == vcpu && NotificationChannel.EndsAtControl(port))
            .Select(port => Repair(situation, port.Port, unmask: true)).FirstOrDefault(LeaveToGuest);

    /// <summary>Returns the advice for a vCPU that no channel of the control domain can notify.</summary>
    public static string DeadEnd(int vcpu) =>
        $"restart the guest if it hangs, since the control domain has no channel that can notify vCPU {PokeSteps.Number((uint)vcpu)}";
}
