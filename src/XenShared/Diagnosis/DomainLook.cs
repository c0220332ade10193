using XenShared.Guests;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Diagnosis;

/// <summary>What one look at a domain showed, decoded.</summary>
internal sealed class DomainLook
{
    /// <summary>Decodes what was read of a guest.</summary>
    /// <param name="guest">What was read.</param>
    /// <param name="target">Where.</param>
    /// <param name="host">What was seen of the host.</param>
    /// <param name="xen">Asked for what is not known otherwise; null when Xen is not to be asked.</param>
    public DomainLook(GuestInspection guest, IXenTarget target, HostLook host, HypervisorView? xen)
    {
        Guest = guest;
        Host = host;
        Nodes = guest.DeviceNodes ?? target.ReadDeviceNodes(guest.Domain.DomId);
        var choice = ChannelStateChoice.Of(guest, ChannelSource.Auto);
        if (choice.States is null && xen is not null && guest.Ports is { } asked) choice = xen.Ask(guest, asked);
        WhyUnknown = choice.WhyNot;
        if (guest.Ports is { } ports) Channels = new ChannelView(guest, ports, target, choice.States, choice.WhyNot).Channels(includeClosed: false).ToArray();
        if (guest is { Latest: { } sample, Layout.Layout: { } layout })
        {
            var page = new SharedInfoView(guest, sample, layout, host.HostName).ToSharedInfo(guest.Layout.Evidence);
            WallClock = page.WallClock;
            Vcpus = page.Vcpu;
        }
        KnownTime = Channels.Count > 0 && Channels[0].TakenAt is { } readAt ? readAt : guest.Latest?.TakenAt ?? (target is CaptureTarget capture ? capture.TakenAt : DateTimeOffset.UtcNow);
    }

    public GuestInspection Guest { get; }

    public HostLook Host { get; }

    /// <summary>When its channels were read, else its page; null when nobody knows, as of a file without a date.</summary>
    public DateTimeOffset? KnownTime { get; }

    /// <summary>The same, to reckon with; a look without a time stands alone, so nothing is reckoned with it.</summary>
    public DateTimeOffset TakenAt => KnownTime ?? default;

    /// <summary>Its channels that are not closed; empty when they could not be read.</summary>
    public IReadOnlyList<XenEventChannel> Channels { get; } = [];

    /// <summary>Why pending and masked are not known; null when they are.</summary>
    public string? WhyUnknown { get; }

    /// <summary>Its vCPU records; empty when its page could not be read, or not be understood.</summary>
    public IReadOnlyList<XenVcpuInfo> Vcpus { get; } = [];

    /// <summary>Its wall clock; null when it is not known, or would not come to rest.</summary>
    public XenWallClock? WallClock { get; }

    /// <summary>xenstore's nodes about its ports.</summary>
    public IReadOnlyDictionary<string, string> Nodes { get; }

    /// <summary>Whether it can run: neither paused nor at its end.</summary>
    public bool CanRun => Guest.Domain.State is DomainState.Running or DomainState.Blocked or DomainState.Runnable;

    /// <summary>Whether it is there for good: running or paused.</summary>
    public bool IsAlive => CanRun || Guest.Domain.State == DomainState.Paused;

    /// <summary>The layout of its page; null when it is not known.</summary>
    public SharedInfoLayout? Layout => Guest.Layout.Layout;
}
