using XenShared.Hypervisor;

namespace XenShared.Poking;

/// <summary>
/// Finds a channel on which the control domain can send an event to make a guest check a port. This is the channel of the port itself, if
/// its other end is in the control domain. In a two-level guest, it can also be another channel of the same vCPU: in the same word of the
/// bitmap, or in another word if the vCPU's selector can be written.
/// </summary>
internal static class NotificationChannel
{
    // The costs of a port that can notify the guest (a notification port): bits that must be written before an event is sent on it. Sent:
    // clear its pending bit. Masked: clear its mask bit. OtherWord: it is not in the same word of the bitmap as the port that the guest
    // must check, so set the selector bit of that port's word. The port with the lowest sum is used.
    private const int Sent = 1, OtherWord = 2, Masked = 4;

    /// <summary>
    /// Finds the port that can make the guest check <paramref name="port"/> at the lowest cost; null if there is none. An unmasked port in
    /// the same word, without a pending event, costs nothing, because no bit must be written first.
    /// </summary>
    /// <param name="situation">The state of the guest.</param>
    /// <param name="port">The port.</param>
    /// <param name="unmask">Whether ports that must be unmasked are allowed.</param>
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
    /// Finds an unmasked port of a vCPU on which the control domain can send an event, preferably one without a pending event; null if
    /// there is none. The event makes the vCPU check each word whose selector bit is set.
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

    /// <summary>
    /// Determines whether the control domain can send an event on a port, or, in a two-level guest, on another port of the same word and
    /// vCPU. A port counts even if it is masked or pending now.
    /// </summary>
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
        // A port in another word of the bitmap can be used only if the vcpu_info is live. To find the vcpu_info, guest memory may have to
        // be searched, so this is done only if there are such ports.
        if (others.Length == 0 || !PokeSteps.IsRecordLive(situation, own.Vcpu)) yield break;
        foreach (var status in others) yield return status.Port;
    }

    private static IEnumerable<EventChannelStatus> Ends(PokeContext situation, EventChannelStatus own) =>
        situation.Guest.Ports!.Bound.Where(peer => peer.Vcpu == own.Vcpu && EndsAtControl(peer));

    private static uint WordBits(PokeContext situation) => (uint)PokeSteps.Layout(situation).WordBytes * 8;
}
