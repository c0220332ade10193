using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Files;

/// <summary>Holds the content of a capture (<c>docs/capture-format.md</c>).</summary>
public sealed class HostCapture
{
    /// <summary>Gets the host on which the capture was made.</summary>
    public required HostInfo Host { get; init; }

    /// <summary>Gets the time at which the capture began; null if the capture was made from a file without a time.</summary>
    public required DateTimeOffset? TakenAt { get; init; }

    /// <summary>Gets the program that wrote the capture, such as <c>XenShared 0.1.0</c>; empty if it is not named.</summary>
    public string Writer { get; init; } = "";

    /// <summary>Gets Xen's output about all channels (debug key <c>e</c>); null if it was not requested or could not be read.</summary>
    public DebugKeyDump? DebugKey { get; set; }

    /// <summary>Gets the reason why Xen's output could not be read; null if it was read or not requested.</summary>
    public CapturedError? DebugKeyError { get; set; }

    /// <summary>Gets Xen's own view of the channels if the capture was made from a log; otherwise null.</summary>
    public HypervisorChannels? Channels { get; set; }

    /// <summary>Gets a remark about <see cref="Channels"/>; null if there is none.</summary>
    public string? ChannelsRemark { get; set; }

    /// <summary>
    /// Gets the later reads of the host, oldest first; empty if the host was read once. A state that is the same in each read is not
    /// momentary.
    /// </summary>
    public IList<HostCapture> LaterReads { get; } = [];

    /// <summary>Gets the states of the domains from debug key <c>q</c> if the capture was made from a log; otherwise null.</summary>
    public HypervisorDomainStates? DomainStates { get; set; }

    /// <summary>Gets the wall clock of the control domain; null if it is not known.</summary>
    public WallClockContent? HostClock { get; set; }

    /// <summary>Gets the domains by number.</summary>
    public SortedDictionary<ushort, CapturedDomain> Domains { get; } = [];
}
