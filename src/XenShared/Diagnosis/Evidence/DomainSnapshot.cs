using XenShared.Files.DebugKeys;
using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Diagnosis.Evidence;

/// <summary>Represents a domain at one moment, decoded.</summary>
internal sealed class DomainSnapshot
{
    private readonly Dictionary<uint, XenEventChannel> _byPort = [];
    private readonly Dictionary<int, XenVcpuInfo> _byVcpu = [];
    private readonly Dictionary<int, LocatedVcpuInfo> _records = [];

    /// <summary>Decodes what was read of a guest.</summary>
    /// <param name="guest">What was read.</param>
    /// <param name="target">Where.</param>
    /// <param name="host">What was seen of the host.</param>
    /// <param name="usesHypervisor">Whether Xen is asked for what is not known otherwise.</param>
    public DomainSnapshot(GuestInspection guest, IXenDataSource target, HostSnapshot host, bool usesHypervisor)
    {
        var nodes = guest.DeviceNodes ?? target.ReadDeviceNodes(guest.Domain.DomId);
        guest = guest with { DeviceNodes = nodes };
        Guest = guest;
        Host = host;
        Devices = DeviceNames.Parse(nodes);
        KnowsDevices = target.IsLive || nodes.Count > 0 || guest.Domain.DomId == 0;
        var recorded = target.Channels;
        var choice = Choose(guest, recorded, usesHypervisor ? host.Hypervisor : null);
        WhyUnknown = choice.WhyNot;
        HasAllPorts = guest.Ports?.Listing == PortTableCompleteness.Complete || recorded?.Domains[guest.Domain.DomId].IsComplete == true;
        if (guest.Ports is { } ports)
            Channels = new ChannelView(guest, ports, target, choice.States, choice.WhyNot)
                .Channels(includeClosed: false)
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
        KnownTime =
            Channels.Count > 0 && Channels[0].TakenAt is { } readAt
                ? readAt
                : guest.Latest?.TakenAt ?? (target.IsLive ? DateTimeOffset.UtcNow : target.TakenAt);
    }

    public GuestInspection Guest { get; }

    public HostSnapshot Host { get; }

    /// <summary>Gets when its channels were read, else its page; null when nobody knows, as of a file without a date.</summary>
    public DateTimeOffset? KnownTime { get; }

    /// <summary>Gets the same, to reckon with; a look without a time stands alone, so nothing is reckoned with it.</summary>
    public DateTimeOffset TakenAt => KnownTime ?? default;

    /// <summary>Gets its channels that are not closed; empty when they could not be read.</summary>
    public IReadOnlyList<XenEventChannel> Channels { get; } = [];

    /// <summary>
    /// Gets a value indicating whether a port that is not among <see cref="Channels"/> is closed. Otherwise nothing is known of it.
    /// </summary>
    public bool HasAllPorts { get; }

    /// <summary>Gets why pending and masked are not known; null when they are.</summary>
    public string? WhyUnknown { get; }

    /// <summary>Gets its vCPU records; empty when its page could not be read, or not be understood.</summary>
    public IReadOnlyList<XenVcpuInfo> Vcpus { get; } = [];

    /// <summary>Gets a value indicating whether one of them is in the page and live.</summary>
    public bool HasLiveSlot { get; }

    /// <summary>Gets its wall clock; null when it is not known, or would not come to rest.</summary>
    public XenWallClock? WallClock { get; }

    /// <summary>Gets what its ports serve by xenstore's word.</summary>
    public DeviceNames Devices { get; }

    /// <summary>Gets a value indicating whether xenstore's word is known: then a port that it does not name serves no device.</summary>
    public bool KnowsDevices { get; }

    /// <summary>Gets a value indicating whether it can run: neither paused nor at its end; null when the file does not tell.</summary>
    public bool? CanRun => Guest.Domain.State switch
    {
        DomainState.Running or DomainState.Blocked or DomainState.Runnable => true,
        null => null,
        _ => false,
    };

    /// <summary>
    /// Gets why a domain that is at its end is not judged; null when it is there for good, running or paused, or when its state is not
    /// known.
    /// </summary>
    public string? WhyNotAlive =>
        CanRun != false || Guest.Domain.State == DomainState.Paused ? null : $"its state is {Guest.Domain.State}: it runs no more";

    /// <summary>Gets the layout of its page; null when it is not known.</summary>
    public SharedInfoLayout? Layout => Guest.Layout.Layout;

    /// <summary>Returns one of its channels by its port; null when it is not among them.</summary>
    public XenEventChannel? ChannelAt(uint port) => _byPort.GetValueOrDefault(port);

    /// <summary>Returns one of its vCPU records; null when it is not among them.</summary>
    public XenVcpuInfo? VcpuAt(int vcpu) => _byVcpu.GetValueOrDefault(vcpu);

    /// <summary>Returns one of the records that were found in its memory; null when none was found of this vCPU.</summary>
    public LocatedVcpuInfo? RecordAt(int vcpu) => _records.GetValueOrDefault(vcpu);

    private static ChannelStateChoice Choose(GuestInspection guest, HypervisorChannels? recorded, HypervisorView? xen)
    {
        if (recorded is not null && guest.Ports is { } listed)
            return new(new HypervisorStates(recorded.Domains[guest.Domain.DomId], listed, recorded.TakenAt), null);
        var choice = ChannelStateChoice.Create(guest, ChannelSource.Auto);
        return choice.States is null && xen is not null && guest.Ports is { } ports ? xen.Read(guest, ports) : choice;
    }

    // Of a channel that Xen itself consumes a live host does not tell what it is bound to, and the guest does not wait for it.
    private static XenEventChannel ToObserved(XenEventChannel channel, HypervisorChannels? recorded) =>
        recorded?.Domains[channel.DomId].Ports.GetValueOrDefault(channel.Port).IsConsumedByXen == true
            ? channel with
            {
                State = null,
            }
            : channel;
}
