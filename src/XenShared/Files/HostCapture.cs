using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Files;

/// <summary>All that a capture holds (<c>docs/capture-format.md</c>).</summary>
public sealed class HostCapture
{
    /// <summary>Gets the host it was made on.</summary>
    public required HostInfo Host { get; init; }

    /// <summary>Gets when it was begun; null when it was made from a file that does not carry a time.</summary>
    public required DateTimeOffset? TakenAt { get; init; }

    /// <summary>Gets the program that wrote it, such as <c>XenShared 0.1.0</c>; empty when it did not say.</summary>
    public string Writer { get; init; } = "";

    /// <summary>Gets what Xen printed about all channels; null when it was not asked.</summary>
    public DebugKeyDump? DebugKey { get; set; }

    /// <summary>Gets why Xen could not be asked; null when it could, or was not.</summary>
    public CapturedError? DebugKeyError { get; set; }

    /// <summary>Gets Xen's own view of the channels, where the capture was made from a log; null otherwise.</summary>
    public HypervisorChannels? Channels { get; set; }

    /// <summary>Gets what is to be said of that view as a whole; null when there is nothing.</summary>
    public string? ChannelsRemark { get; set; }

    /// <summary>Wall clock of the control domain.</summary>
    public WallClockContent? HostClock { get; set; }

    /// <summary>Gets its domains, by number.</summary>
    public SortedDictionary<ushort, CapturedDomain> Domains { get; } = [];
}
