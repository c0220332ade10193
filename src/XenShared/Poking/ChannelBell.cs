using XenShared.Readings;

namespace XenShared.Poking;

/// <summary>
/// The channel on which the control domain can make a guest look at a port: the channel itself where that is an end of it; else, of a two-level guest, a neighbour
/// that makes the same vCPU look at the same word.
/// </summary>
internal static class ChannelBell
{
    /// <summary>The bell that can be rung now; null when there is none. One that was rung and not heard comes last: its event has to be taken back first.</summary>
    public static uint? Ready(PokeSituation situation, uint port)
    {
        uint? rung = null;
        foreach (var bell in Candidates(situation, port))
        {
            if (bell != port && situation.IsMasked(bell)) continue;
            if (!situation.IsPending(bell)) return bell;
            rung ??= bell;
        }
        return rung;
    }

    /// <summary>A bell that makes a vCPU look at all of its words, and can be rung now; null when there is none.</summary>
    public static uint? OfVcpu(PokeSituation situation, int vcpu)
    {
        uint? rung = null;
        foreach (var port in situation.Guest.Ports?.Bound ?? [])
        {
            if (port.Vcpu != vcpu || !EndsAtControl(port) || situation.IsMasked(port.Port)) continue;
            if (!situation.IsPending(port.Port)) return port.Port;
            rung ??= port.Port;
        }
        return rung;
    }

    /// <summary>Whether there is a bell at all; that it is masked, or rung, passes.</summary>
    public static bool Exists(PokeSituation situation, uint port) => Candidates(situation, port).Any();

    private static IEnumerable<uint> Candidates(PokeSituation situation, uint port)
    {
        if (situation.Port(port) is not { State: not null } own) yield break;
        if (EndsAtControl(own)) yield return port;
        if (situation.Abi != EventAbi.TwoLevel) yield break;
        var bits = (uint)PokeSteps.Layout(situation).WordBytes * 8;
        foreach (var other in situation.Guest.Ports!.Bound)
        {
            if (other.Port != port && EndsAtControl(other) && other.Vcpu == own.Vcpu && other.Port / bits == port / bits) yield return other.Port;
        }
    }

    /// <summary>Whether the control domain has the other end of a port.</summary>
    public static bool EndsAtControl(PortReading port) => port is { State: ChannelState.Interdomain, RemoteDomId: 0, RemotePort: not null };
}
