using XenShared.Guests;
using XenShared.Layout;
using XenShared.Readings;
using XenShared.Targets;

namespace XenShared.Diagnosis;

/// <summary>What one look at a host showed beside the domains that were asked for: its clock, and the far ends of their channels.</summary>
internal sealed class HostLook
{
    // A domain that is not in a capture may have been left out of it; null stands for ports that could not be read.
    private readonly Dictionary<ushort, PortTable?> _ports = [];
    private readonly HashSet<ushort> _missing = [];

    /// <summary>Looks at whatever the channels of <paramref name="guests"/> lead to.</summary>
    public HostLook(IXenTarget target, IReadOnlyList<GuestInspection> guests)
    {
        HostName = target.Host.HostName;
        Clock = target.ReadHostClock();
        foreach (var guest in guests) _ports[guest.Domain.DomId] = guest.Ports;
        foreach (var peer in guests.SelectMany(guest => guest.Ports?.Bound ?? []).Select(port => port.RemoteDomId).OfType<ushort>().Distinct())
        {
            if (!_ports.ContainsKey(peer)) Read(target, peer);
        }
    }

    public string HostName { get; }

    /// <summary>The wall clock of the control domain, which has no time offset; null when it could not be read.</summary>
    public WallClockContent? Clock { get; }

    /// <summary>Whether a domain is known not to exist.</summary>
    public bool IsMissing(ushort domId) => _missing.Contains(domId);

    /// <summary>What is at the far end of a domain's interdomain channel.</summary>
    public FarEnd FarEndOf(ushort domId, uint port, ushort peer, uint peerPort)
    {
        if (IsMissing(peer)) return FarEnd.NoDomain;
        if (_ports.GetValueOrDefault(peer) is not { } table) return FarEnd.Unknown;
        var end = table.Bound.Where(one => one.Port == peerPort).Select(one => (PortReading?)one).FirstOrDefault();
        return end switch
        {
            null => FarEnd.Closed,
            { State: null } => FarEnd.Unknown,
            { State: ChannelState.Interdomain } when end.Value.RemoteDomId == domId && end.Value.RemotePort == port => FarEnd.Fits,
            { State: ChannelState.Unbound } => FarEnd.Unbound,
            _ => FarEnd.Elsewhere,
        };
    }

    private void Read(IXenTarget target, ushort peer)
    {
        try
        {
            target.ReadDomain(peer);
            _ports[peer] = target.ReadPorts(peer);
        }
        catch (XenException error) when (error.Id is XenErrorId.DomainNotFound or XenErrorId.DomainVanished)
        {
            if (target.Kind != TargetKind.Capture) _missing.Add(peer);
        }
        catch (XenException error) when (!error.IsFatal)
        {
            _ports[peer] = null;
        }
    }
}
