using XenShared.Files.DebugKeys;
using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Diagnosis.Evidence;

/// <summary>Represents the decoded state of a domain at one time.</summary>
internal sealed class DomainSnapshot
{
    private readonly Dictionary<uint, XenEventChannel> _byPort = [];
    private readonly Dictionary<int, XenVcpuInfo> _byVcpu = [];
    private readonly Dictionary<int, LocatedVcpuInfo> _records = [];
    private IReadOnlyDictionary<uint, EventQueuePlace>? _queues;

    /// <summary>Decodes the data of a guest.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="target">The data source.</param>
    /// <param name="host">The snapshot of the host.</param>
    /// <param name="usesHypervisor">Whether to read channel states from Xen's debug key if no other source has them.</param>
    public DomainSnapshot(GuestInspection guest, IXenDataSource target, HostSnapshot host, bool usesHypervisor)
    {
        var nodes = guest.DeviceNodes ?? target.ReadDeviceNodes(guest.Domain.DomId);
        guest = guest with { DeviceNodes = nodes };
        Guest = guest;
        Host = host;
        Devices = DeviceNames.Parse(nodes);
        KnowsDevices = target.IsLive || nodes.Count > 0 || guest.Domain.DomId == 0;
        var recorded = target.Channels?.Domains.GetValueOrDefault(guest.Domain.DomId);
        var choice = Choose(guest, recorded, target.Channels?.TakenAt, usesHypervisor ? host.Hypervisor : null);
        WhyUnknown = choice.WhyNot;
        HasAllPorts = guest.Ports?.Listing == PortTableCompleteness.Complete || recorded?.IsComplete == true;
        if (guest.Ports is { } ports)
            Channels = new ChannelView(guest, ports, target, choice.States, choice.WhyNot)
                .Channels(new ChannelFilter(), CancellationToken.None)
                .Select(channel => ToObserved(channel, recorded))
                .ToArray();
        foreach (var channel in Channels)
            _byPort.TryAdd(channel.Port, channel);
        if (guest is { Latest: { } sample, Layout.Layout: { } layout })
        {
            var page = new SharedInfoView(guest, sample, layout, host.HostName).ToSharedInfo(guest.Layout.Evidence);
            WallClock = page.WallClock;
            Vcpus = page.Vcpu;
        }
        foreach (var vcpu in Vcpus) _byVcpu.TryAdd(vcpu.Vcpu, vcpu);
        foreach (var record in guest.VcpuRecords) _records.TryAdd(record.Vcpu, record);
        HasLiveSlot = Vcpus.Any(vcpu => vcpu is { IsLive: true, Source: StateSource.SharedPage });
        Xenbus = guest.Devices?.Devices
            .Select(device => DeviceView.ToDevice(device, guest.Domain.DomId, guest.Name, host.HostName))
            .ToArray();
        KnownTime =
            Channels.Count > 0 && Channels[0].TakenAt is { } readAt
                ? readAt
                : guest.Latest?.TakenAt ?? target.GetTime(guest.Domain.DomId);
    }

    public GuestInspection Guest { get; }

    public HostSnapshot Host { get; }

    /// <summary>
    /// Gets the time when the channels were read, otherwise the time of the page, otherwise the time of the data source. Null if no time is
    /// known, as for a file without a date.
    /// </summary>
    public DateTimeOffset? KnownTime { get; }

    /// <summary>
    /// Gets a value indicating whether the snapshot is from an earlier dump in the same console log, after the same start of Xen. Then the
    /// number identifies the domain even without a UUID, and the order of the dumps is known even without times.
    /// </summary>
    public bool IsSameRun { get; init; }

    /// <summary>Gets <see cref="KnownTime"/>, or the default if it is null.</summary>
    public DateTimeOffset TakenAt => KnownTime ?? default;

    /// <summary>Gets the channels that are not closed; empty if they could not be read.</summary>
    public IReadOnlyList<XenEventChannel> Channels { get; } = [];

    /// <summary>
    /// Gets a value indicating whether every port that is not in <see cref="Channels"/> is closed. Otherwise nothing is known about
    /// such a port.
    /// </summary>
    public bool HasAllPorts { get; }

    /// <summary>Gets the reason why no port could be read; null if the ports were read.</summary>
    public string? WhyNoPorts => Guest.Ports is not null ? null : Guest.PortError?.Message ?? "its ports are not known";

    /// <summary>Gets the reason why the pending and masked bits are not known; null if they are.</summary>
    public string? WhyUnknown { get; }

    /// <summary>Gets the vCPU records; empty if the page could not be read or decoded.</summary>
    public IReadOnlyList<XenVcpuInfo> Vcpus { get; } = [];

    /// <summary>Gets a value indicating whether the page contains a live vCPU record.</summary>
    public bool HasLiveSlot { get; }

    /// <summary>Gets the wall clock; null if it is not known or could not be read consistently.</summary>
    public XenWallClock? WallClock { get; }

    /// <summary>Gets the labels that xenstore gives to the ports.</summary>
    public DeviceNames Devices { get; }

    /// <summary>Gets the devices with the states of both ends; null if they are not known.</summary>
    public IReadOnlyList<XenDevice>? Xenbus { get; }

    /// <summary>Gets a value indicating whether xenstore was read. If it was, a port that xenstore does not list has no device.</summary>
    public bool KnowsDevices { get; }

    /// <summary>
    /// Gets a value indicating whether the domain can run. It cannot if it is paused, shut down, suspended, crashed or dying. Null if its
    /// state is not known.
    /// </summary>
    public bool? CanRun => Guest.Domain.State switch
    {
        DomainState.Running or DomainState.Blocked or DomainState.Runnable => true,
        null => null,
        _ => false,
    };

    /// <summary>
    /// Gets the reason why the domain is not judged: it is shut down, suspended, crashed or dying. Null in any other state, and if the
    /// state is not known.
    /// </summary>
    public string? WhyNotAlive =>
        CanRun != false || Guest.Domain.State == DomainState.Paused ? null : $"its state is {Guest.Domain.State}: it no longer runs";

    /// <summary>Gets the layout of the domain's page; null if it is not known.</summary>
    public SharedInfoLayout? Layout => Guest.Layout.Layout;

    /// <summary>Returns the channel of a port; null if the port is closed or not known.</summary>
    public XenEventChannel? ChannelAt(uint port) => _byPort.GetValueOrDefault(port);

    /// <summary>
    /// Returns the place of a port's event in a queue of FIFO events; null if it is in none, or if its control block is not known.
    /// </summary>
    public EventQueuePlace? QueuePlaceAt(uint port) =>
        (_queues ??= EventQueues.Follow(Guest.ControlBlocks, Guest.EventArray)).GetValueOrDefault(port);

    /// <summary>Returns the record of a vCPU; null if it is not known.</summary>
    public XenVcpuInfo? VcpuAt(int vcpu) => _byVcpu.GetValueOrDefault(vcpu);

    /// <summary>Returns the record of a vCPU that was located outside the shared page; null if none was.</summary>
    public LocatedVcpuInfo? RecordAt(int vcpu) => _records.GetValueOrDefault(vcpu);

    private static ChannelStateChoice Choose(
        GuestInspection guest,
        HypervisorDomain? recorded,
        DateTimeOffset? takenAt,
        HypervisorView? xen)
    {
        if (recorded is not null && guest.Ports is { } listed) return new(new HypervisorStates(recorded, listed, takenAt), null);
        var choice = ChannelStateChoice.Create(guest, ChannelSource.Auto);
        return choice.States is null && xen is not null && guest.Ports is { } ports ? xen.Read(guest, ports) : choice;
    }

    // Returns the channel as the rules get it. If Xen itself receives the events of a channel, the guest need not handle them. So the state
    // of such a channel is set to null, and the rules skip it. On Xen 4.15 to 4.18 this state is null anyway, because Xen does not report
    // it.
    private static XenEventChannel ToObserved(XenEventChannel channel, HypervisorDomain? recorded) =>
        recorded?.Ports.GetValueOrDefault(channel.Port).IsConsumedByXen == true
            ? channel with
            {
                State = null,
            }
            : channel;
}
