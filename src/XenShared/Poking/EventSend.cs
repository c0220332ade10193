using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>
/// Sends a real event to a guest's port, through the control domain's end of the channel. Xen delivers the event, so this works with every
/// event ABI and wakes a sleeping vCPU.
/// </summary>
internal static class EventSend
{
    /// <summary>Sends an event.</summary>
    public static void Execute(PokeExecutor run, SendEventRequest request, CancellationToken cancellation)
    {
        var (domId, port) = (request.DomId, request.Port);
        var situation = run.ReadContext(domId, watch: false, cancellation);
        var localPort = LocalEnd(situation, port);
        string? note = null;
        if (situation.Abi == EventAbi.TwoLevel && situation.IsPending(port))
            note = "an event waited there already, so Xen drops this one; if the guest does not take it, repair the channel";
        else if (situation.Abi == EventAbi.TwoLevel && situation.IsMasked(port))
            note = "the guest has masked the channel, and receives the event when it unmasks it";
        if (note is not null) run.Warn($"Port {PokeSteps.Number(port)} of domain {domId}: {note}.");
        run.Send(situation, port, localPort, note, () => CheckEnds(run.Target, domId, port, localPort));
    }

    /// <summary>Returns the port of the control domain that is the other end of a guest's port.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>: the control domain cannot send on this channel;
    /// <see cref="XenErrorId.EventChannelNotFound"/>; or the port table could not be read.</exception>
    public static uint LocalEnd(PokeContext situation, uint port)
    {
        if (situation.Guest.Ports is not { } ports) throw situation.Guest.PortError!;
        if (situation.DomId == 0)
            throw Refuse(
                situation,
                port,
                PokeGuard.ControlDomain,
                "the control domain cannot send events to itself",
                "name the guest and its port");
        if (port >= ports.ValidPorts)
        {
            throw new XenException(
                XenErrorId.EventChannelNotFound,
                $"Domain {situation.DomId} has no port {PokeSteps.Number(port)}",
                "list its channels to see its ports")
            {
                DomId = situation.DomId,
                Port = port,
            };
        }
        if (situation.Port(port) is not { } reading)
            throw Refuse(
                situation,
                port,
                PokeGuard.PortBound,
                "the port is closed, so nothing would receive the event",
                "list the domain's channels");
        return reading switch
        {
            { State: null } => throw Refuse(
                situation,
                port,
                PokeGuard.NotXenPort,
                "Xen itself consumes the port, and an event there calls into Xen",
                "leave it to Xen"),
            { State: ChannelState.Interdomain, RemoteDomId: 0, RemotePort: { } end } => Confirmed(situation, port, end),
            { State: ChannelState.Interdomain } => throw Refuse(
                situation,
                port,
                PokeGuard.Delivery,
                $"its other end is domain {reading.RemoteDomId}'s, and only that domain can send on it",
                "have that domain send"),
            { State: ChannelState.Unbound } => throw Refuse(
                situation,
                port,
                PokeGuard.PortBound,
                "it is unbound, or Xen consumes it, and Xen drops events that are sent to it",
                "wait until it is connected"),
            { State: ChannelState.PhysicalIrq } => throw Refuse(
                situation,
                port,
                PokeGuard.Delivery,
                "it is a hardware interrupt, which only the device raises",
                "leave it to the device"),
            { State: ChannelState.VirtualIrq } => throw Refuse(
                situation,
                port,
                PokeGuard.Delivery,
                "it is a virtual interrupt, which only Xen raises",
                "leave it to Xen"),
            _ => throw Refuse(
                situation,
                port,
                PokeGuard.Delivery,
                "it is an IPI, which only the guest's own vCPUs raise",
                "leave it to the guest"),
        };
    }

    /// <summary>
    /// Checks immediately before an event is sent that both ends are still bound to each other, because Xen reuses port numbers.
    /// </summary>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeLostRace"/>: the port has another binding now.</exception>
    public static void CheckEnds(IXenDataSource target, ushort domId, uint port, uint localPort)
    {
        var far = target.ReadPorts(domId).Bound.FirstOrDefault(status => status.Port == port);
        if (far is { State: ChannelState.Interdomain, RemoteDomId: 0 }
            && far.RemotePort == localPort
            && LeadsTo(target, localPort, domId, port))
            return;
        throw new XenException(
            XenErrorId.PokeLostRace,
            $"Port {PokeSteps.Number(port)} of domain {domId} has another binding now, so nothing was sent",
            "read it again")
        {
            DomId = domId,
            Port = port,
        };
    }

    private static bool LeadsTo(IXenDataSource target, uint localPort, ushort domId, uint port) => target.ReadPorts(0).Bound.Any(near =>
        near.Port == localPort && near is { State: ChannelState.Interdomain } && near.RemoteDomId == domId && near.RemotePort == port);

    private static uint Confirmed(PokeContext situation, uint port, uint end) =>
        LeadsTo(situation.Target, end, situation.DomId, port)
            ? end
            : throw Refuse(
                situation,
                port,
                PokeGuard.Delivery,
                $"the control domain's port {PokeSteps.Number(end)} is not bound to it, so another guest would be notified",
                "list both ends");

    private static XenException Refuse(PokeContext situation, uint port, PokeGuard guard, string danger, string advice) =>
        new(
            XenErrorId.PokeRefused,
            $"No event was sent on port {PokeSteps.Number(port)} of domain {situation.DomId} ({guard}): {danger}",
            advice)
        {
            DomId = situation.DomId,
            Port = port,
        };
}
