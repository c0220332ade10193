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
    private readonly DeviceNames _devices;
    private readonly IChannelStates? _states;

    public ChannelView(GuestInspection guest, PortTable ports, IXenDataSource target, IChannelStates? states, string? whyUnknown)
    {
        _guest = guest;
        _ports = ports;
        _hostName = target.Host.HostName;
        _devices = DeviceNames.Parse(guest.DeviceNodes ?? target.ReadDeviceNodes(guest.Domain.DomId));
        _states = states;
        WhyUnknown = whyUnknown;
    }

    /// <summary>Gets the reason why the pending and masked bits are not known, and how to find them; null if they are known.</summary>
    public string? WhyUnknown { get; }

    public IEnumerable<XenEventChannel> Channels(bool includeClosed)
    {
        // An incomplete table can lack a port that is in use, so only a complete one proves that the other ports are closed.
        if (!includeClosed || _ports.Listing != PortTableCompleteness.Complete) return _ports.Bound.Select(ToChannel);
        var bound = _ports.Bound.ToDictionary(port => port.Port);
        return Enumerable
            .Range(0, (int)_ports.ValidPorts)
            .Select(port =>
                bound.TryGetValue((uint)port, out var reading) ? reading : new EventChannelStatus((uint)port, ChannelState.Closed))
            .Select(ToChannel);
    }

    private XenEventChannel ToChannel(EventChannelStatus port)
    {
        var channel = new XenEventChannel
        {
            DomId = _guest.Domain.DomId,
            DomainName = _guest.Name,
            Port = port.Port,
            State = port.State,
            Vcpu = port.State is null or ChannelState.Closed ? null : port.Vcpu,
            RemoteDomId = port.RemoteDomId,
            RemotePort = port.RemotePort,
            Virq = port is { State: ChannelState.VirtualIrq, Irq: <= int.MaxValue } ? (VirtualIrq?)port.Irq : null,
            Pirq = port.State == ChannelState.PhysicalIrq ? port.Irq : null,
            Device = port.State == ChannelState.Closed ? null : _devices.Find(port.Port),
            EventAbi = _guest.Abi.Abi,
            TakenAt = _states?.TakenAt ?? _guest.Latest?.TakenAt,
            HostName = _hostName,
        };
        var isShown = _ports.Listing == PortTableCompleteness.Inferred;
        if (port.State is null && !isShown) return channel with { StateNote = HiddenNote };
        if (port.State == ChannelState.Closed) return channel with { StateNote = "closed" };
        if (_states is null) return channel with { StateNote = WhyUnknown };
        var known = _states.Find(port.Port, out var note);
        channel = channel with { StateNote = isShown ? NoTableNote : note };
        return known is not { } bits ? channel : channel with
        {
            Pending = bits.Pending,
            Masked = bits.Masked,
            Linked = bits.Linked,
            Busy = bits.Busy,
            InSelector = bits.InSelector,
            IsLive = bits.Pending is null || isShown ? null : true,
            Source = bits.Pending is null ? null : _states.Source,
        };
    }
}
