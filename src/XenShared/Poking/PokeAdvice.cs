namespace XenShared.Poking;

/// <summary>Words what to do instead of a poke. What it names is something that the same tool does not refuse; where nothing is left, it
/// says that.</summary>
internal static class PokeAdvice
{
    public const string LeaveToGuest = "leave it to the guest";

    /// <summary>Advises to raise an event at a port, where the control domain can.</summary>
    public static string Send(PokeContext situation, uint port) =>
        situation.Port(port) is { } reading && NotificationChannel.EndsAtControl(reading)
            ? $"send a real event on port {PokeSteps.Number(port)} instead" : LeaveToGuest;

    /// <summary>Advises to raise an event at one of a vCPU's ports, where the control domain can.</summary>
    public static string SendTo(PokeContext situation, int vcpu)
    {
        var ends = (situation.Guest.Ports?.Bound ?? [])
            .Where(port => port.Vcpu == vcpu && NotificationChannel.EndsAtControl(port))
            .ToArray();
        // One that is masked, or whose event waits already, tells the vCPU nothing now.
        var open = ends.Where(port => !situation.IsMasked(port.Port)).OrderBy(port => situation.IsPending(port.Port)).Concat(ends);
        return open.Select(port => $"send a real event on port {PokeSteps.Number(port.Port)} instead").FirstOrDefault(LeaveToGuest);
    }

    /// <summary>Advises to repair a port, where a repair can make its vCPU look.</summary>
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

    /// <summary>Advises what to do with a vCPU's record when nobody can make the vCPU look: repair one of its channels that is masked,
    /// where there is one.</summary>
    public static string RepairOf(PokeContext situation, int vcpu) =>
        (situation.Guest.Ports?.Bound ?? []).Where(port => port.Vcpu == vcpu && NotificationChannel.EndsAtControl(port))
            .Select(port => Repair(situation, port.Port, unmask: true)).FirstOrDefault(LeaveToGuest);

    /// <summary>Says that nothing outside the guest helps.</summary>
    public static string DeadEnd(int vcpu) =>
        $"restart the guest if it hangs, since the control domain has no channel that makes vCPU {PokeSteps.Number((uint)vcpu)} look";
}
