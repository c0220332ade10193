using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Targets;

namespace XenShared.Queries;

/// <summary>Creates the event channel objects from the ports of an inspected guest.</summary>
internal sealed class ChannelView
{
    private const string NoTableNote = "the file contains neither its binding nor a table of ports that proves its state";

    private const string HiddenNote = "Xen does not report it (a port that Xen itself consumes, or a security policy)";

    private readonly GuestInspection _guest;
    private readonly PortTable _ports;
    private readonly string _hostName;
    private readonly IXenDataSource _target;
    private readonly IChannelStates? _states;
    private readonly DateTimeOffset? _takenAt;
    private DeviceNames? _devices;

    public ChannelView(GuestInspection guest, PortTable ports, IXenDataSource target, IChannelStates? states, string? whyUnknown)
    {
        _guest = guest;
        _ports = ports;
        _hostName = target.Host.HostName;
        _target = target;
        _states = states;
        _takenAt = states?.TakenAt ?? guest.Latest?.TakenAt;
        WhyUnknown = whyUnknown;
    }

    /// <summary>Gets the reason why the pending and masked bits are not known, and how to find them; null if they are known.</summary>
    public string? WhyUnknown { get; }

    // Read on first use: only a selected channel that is not closed needs the names.
    private DeviceNames Devices =>
        _devices ??= DeviceNames.Parse(_guest.DeviceNodes ?? _target.ReadDeviceNodes(_guest.Domain.DomId));

    private bool IsInferred => _ports.Listing == PortTableCompleteness.Inferred;

    /// <summary>
    /// Returns the channels that a filter selects. The others are not even created, so few pending ports of many are found quickly.
    /// </summary>
    public IEnumerable<XenEventChannel> Channels(ChannelFilter filter, CancellationToken cancellation)
    {
        // A set, because a search of a list for each port would take too long if both are long.
        var selected = filter.Ports.Count > 0 ? filter.Ports.ToHashSet() : null;
        foreach (var port in Ports(filter.MaySelectClosed))
        {
            cancellation.ThrowIfCancellationRequested();
            if (selected?.Contains(port.Port) == false) continue;
            var bits = FindBits(port, out var note);
            if (filter.AcceptsState(port.State, bits.Pending, bits.Masked)) yield return ToChannel(port, bits, note);
        }
    }

    private IEnumerable<EventChannelStatus> Ports(bool includeClosed)
    {
        // An incomplete table can lack a port that is in use, so only a complete one proves that the other ports are closed.
        if (!includeClosed || _ports.Listing != PortTableCompleteness.Complete) return _ports.Bound;
        var bound = _ports.Bound.ToDictionary(port => port.Port);
        return Enumerable
            .Range(0, (int)_ports.ValidPorts)
            .Select(port =>
                bound.TryGetValue((uint)port, out var reading) ? reading : new EventChannelStatus((uint)port, ChannelState.Closed));
    }

    private XenEventChannel ToChannel(EventChannelStatus port, ChannelBits bits, string? note)
    {
        var isKnown = bits.Pending is not null;
        return new XenEventChannel
        {
            DomId = _guest.Domain.DomId,
            DomainName = _guest.Name,
            Port = port.Port,
            State = port.State,
            Vcpu = port.State is null or ChannelState.Closed ? null : port.Vcpu,
            Pending = bits.Pending,
            Masked = bits.Masked,
            Linked = bits.Linked,
            Busy = bits.Busy,
            InSelector = bits.InSelector,
            IsLive = isKnown && !IsInferred ? true : null,
            StateNote = note,
            RemoteDomId = port.RemoteDomId,
            RemotePort = port.RemotePort,
            Virq = port is { State: ChannelState.VirtualIrq, Irq: <= int.MaxValue } ? (VirtualIrq?)port.Irq : null,
            Pirq = port.State == ChannelState.PhysicalIrq ? port.Irq : null,
            Device = port.State == ChannelState.Closed ? null : Devices.Find(port.Port),
            EventAbi = _guest.Abi.Abi,
            Source = isKnown ? _states!.Source : null,
            TakenAt = _takenAt,
            HostName = _hostName,
        };
    }

    // Returns the bits of a port. If they are not known, they are null, and the note is the reason.
    private ChannelBits FindBits(EventChannelStatus port, out string? note)
    {
        note = port.State switch
        {
            null when !IsInferred => HiddenNote,
            ChannelState.Closed => "closed",
            _ => WhyUnknown,
        };
        if (_states is null || port.State == ChannelState.Closed || port.State is null && !IsInferred) return default;
        var bits = _states.Find(port.Port, out note);
        if (IsInferred) note = NoTableNote;
        return bits ?? default;
    }
}
