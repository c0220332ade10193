using XenShared.Hypervisor;

namespace XenShared.Poking;

/// <summary>
/// The channel on which the control domain can make a guest look at a port: the channel itself where that is an end of it; else, of a
/// two-level guest, a neighbour that makes the same vCPU look at the same word, or one in another word, where the selector of the vCPU can
/// be written.
/// </summary>
internal static class NotificationChannel
{
    // What a choice costs: an event that has to be taken back first, a selector bit that has to be set by hand, a mask of the guest's that
    // has to be cleared.
    private const int Sent = 1, OtherWord = 2, Masked = 4;

    /// <summary>Finds the port whose event needs the fewest writes before it; null if there is none. A port whose event was sent and not
    /// consumed comes last: that event has to be cleared first.</summary>
    /// <param name="situation">What is known of the guest.</param>
    /// <param name="port">The port.</param>
    /// <param name="unmask">Whether the port may be one that has to be unmasked.</param>
    public static uint? Ready(PokeContext situation, uint port, bool unmask = false)
    {
        (uint NotifyPort, int Cost)? best = null;
        foreach (var (notifyPort, place) in Candidates(situation, port).Select(notifyPort => (notifyPort, 0))
            .Concat(Distant(situation, port).Select(notifyPort => (notifyPort, OtherWord))))
        {
            var isMasked = notifyPort != port && situation.IsMasked(notifyPort);
            var cost = place + (situation.IsPending(notifyPort) ? Sent : 0) + (isMasked ? Masked : 0);
            if ((unmask || !isMasked) && cost < (best?.Cost ?? int.MaxValue)) best = (notifyPort, cost);
        }
        return best?.NotifyPort;
    }

    /// <summary>
    /// Finds a port whose event makes a vCPU look at all of its words, preferably one without a pending event; null if there is none.
    /// </summary>
    public static uint? ForVcpu(PokeContext situation, int vcpu)
    {
        uint? sent = null;
        foreach (var port in situation.Guest.Ports?.Bound ?? [])
        {
            if (port.Vcpu != vcpu || !EndsAtControl(port) || situation.IsMasked(port.Port)) continue;
            if (!situation.IsPending(port.Port)) return port.Port;
            sent ??= port.Port;
        }
        return sent;
    }

    /// <summary>Checks whether any port can notify the guest. That it is masked or pending is temporary.</summary>
    public static bool Exists(PokeContext situation, uint port) => Candidates(situation, port).Any();

    /// <summary>Determines whether the control domain has the other end of a port.</summary>
    public static bool EndsAtControl(EventChannelStatus port) =>
        port is { State: ChannelState.Interdomain, RemoteDomId: 0, RemotePort: not null };

    private static IEnumerable<uint> Candidates(PokeContext situation, uint port)
    {
        if (situation.Port(port) is not { State: not null } own) yield break;
        if (EndsAtControl(own)) yield return port;
        if (situation.Abi != EventAbi.TwoLevel) yield break;
        var bits = WordBits(situation);
        foreach (var peer in Ends(situation, own))
        {
            if (peer.Port != port && peer.Port / bits == port / bits) yield return peer.Port;
        }
    }

    private static IEnumerable<uint> Distant(PokeContext situation, uint port)
    {
        if (situation.Abi != EventAbi.TwoLevel || situation.Port(port) is not { State: not null } own) yield break;
        var bits = WordBits(situation);
        var others = Ends(situation, own).Where(peer => peer.Port / bits != port / bits).ToArray();
        // Where the record is may take a search of the guest's memory to know.
        if (others.Length == 0 || !PokeSteps.IsRecordLive(situation, own.Vcpu)) yield break;
        foreach (var status in others) yield return status.Port;
    }

    private static IEnumerable<EventChannelStatus> Ends(PokeContext situation, EventChannelStatus own) =>
        situation.Guest.Ports!.Bound.Where(peer => peer.Vcpu == own.Vcpu && EndsAtControl(peer));

    private static uint WordBits(PokeContext situation) => (uint)PokeSteps.Layout(situation).WordBytes * 8;
}
