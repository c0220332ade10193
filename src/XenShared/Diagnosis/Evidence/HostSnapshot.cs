using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Diagnosis.Evidence;

/// <summary>Represents the state of a host at one time: its clock, and the other ends of the selected domains' channels.</summary>
internal sealed class HostSnapshot
{
    // The ports of each domain; the value is null if they could not be read. A domain that was not found has no entry. It may exist
    // nevertheless, because a file need not contain all domains.
    private readonly Dictionary<ushort, PortTable?> _ports = [];
    private readonly Dictionary<ushort, Dictionary<uint, EventChannelStatus>> _byPort = [];
    private readonly HashSet<ushort> _missing = [];
    private readonly HashSet<ushort> _printed;
    private readonly Dictionary<ushort, DomainState?> _states = [];

    /// <summary>Reads the ports of the domains that the channels of <paramref name="guests"/> lead to.</summary>
    public HostSnapshot(
        IXenDataSource target,
        IReadOnlyList<GuestInspection> guests,
        WallClockContent? clock,
        HypervisorView hypervisor,
        CancellationToken cancellation)
    {
        HostName = target.Host.HostName;
        Clock = clock;
        Hypervisor = hypervisor;
        _printed = [.. target.Channels?.Domains.Keys ?? []];
        foreach (var guest in guests)
        {
            _ports[guest.Domain.DomId] = guest.Ports;
            _states[guest.Domain.DomId] = guest.Domain.State;
        }
        var peers = new SortedSet<ushort>();
        foreach (var guest in guests)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var port in guest.Ports?.Bound ?? [])
            {
                if (port.RemoteDomId is { } peer && !_ports.ContainsKey(peer)) peers.Add(peer);
            }
        }
        foreach (var peer in peers)
        {
            cancellation.ThrowIfCancellationRequested();
            Read(target, peer);
        }
    }

    public string HostName { get; }

    /// <summary>Gets the wall clock of the control domain, which has no time offset; null if it could not be read.</summary>
    public WallClockContent? Clock { get; }

    /// <summary>Gets Xen's own output about all channels. It is requested from Xen only when the first channel needs it.</summary>
    public HypervisorView Hypervisor { get; }

    /// <summary>
    /// Determines whether a domain is known not to exist. That is known only of a live host, because a file need not contain all domains.
    /// </summary>
    public bool IsMissing(ushort domId) => _missing.Contains(domId);

    /// <summary>Returns the state of a domain; null if it is not known.</summary>
    public DomainState? GetDomainState(ushort domId) => _states.GetValueOrDefault(domId);

    /// <summary>Returns the state of the other end of a domain's interdomain channel.</summary>
    public PeerState GetPeerState(ushort domId, uint port, ushort peer, uint peerPort)
    {
        if (IsMissing(peer))
            return PeerState.NoDomain;
        if (_ports.GetValueOrDefault(peer) is not { } table)
            return PeerState.Unknown;
        // The ports of domId and peer are compared only if they were read at the same time. An output of lsevtchn contains the ports of one
        // domain and has its own time, so its ports can be compared with each other, but not with those of another domain.
        if (peer != domId && (IsOfLsevtchn(domId) || IsOfLsevtchn(peer)))
            return PeerState.Unknown;
        if (!PortsOf(peer, table).TryGetValue(peerPort, out var end))
            return table.Listing == PortTableCompleteness.Complete ? PeerState.Closed : PeerState.Unknown;
        return end.State switch
        {
            null => PeerState.Unknown,
            ChannelState.Interdomain when end.RemoteDomId == domId && end.RemotePort == port => PeerState.Fits,
            ChannelState.Unbound => PeerState.Unbound,
            _ => PeerState.Elsewhere,
        };
    }

    // Determines whether the ports of a domain are from an output of lsevtchn. Listing is InUse for such ports, and for those from Xen's
    // own output about all channels. The domains in Xen's output (_printed) are therefore excluded.
    private bool IsOfLsevtchn(ushort domId) =>
        _ports.GetValueOrDefault(domId) is { Listing: PortTableCompleteness.InUse } && !_printed.Contains(domId);

    private Dictionary<uint, EventChannelStatus> PortsOf(ushort peer, PortTable table)
    {
        if (_byPort.TryGetValue(peer, out var known)) return known;
        var ports = new Dictionary<uint, EventChannelStatus>(table.Bound.Count);
        foreach (var port in table.Bound) ports.TryAdd(port.Port, port);
        return _byPort[peer] = ports;
    }

    private void Read(IXenDataSource target, ushort peer)
    {
        try
        {
            _states[peer] = target.ReadDomain(peer).State;
            _ports[peer] = target.ReadPorts(peer);
        }
        catch (XenException error) when (error.Id is XenErrorId.DomainNotFound or XenErrorId.DomainVanished)
        {
            if (target.IsLive) _missing.Add(peer);
        }
        catch (XenException error) when (!error.IsFatal)
        {
            _ports[peer] = null;
        }
    }
}
