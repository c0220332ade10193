using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Targets;

/// <summary>
/// Where answers come from: the local hypervisor, a capture of one, or a file that holds a part of it. Every method throws <see cref="XenException"/> with the id that
/// fits; the same readings give the same answers, whatever the kind. Not safe for use by several threads at once.
/// </summary>
public interface IXenDataSource : IDisposable
{
    /// <summary>How messages name it, such as <c>the local host</c> or a file name.</summary>
    string DisplayName { get; }

    /// <summary>Its kind.</summary>
    TargetKind Kind { get; }

    /// <summary>The host.</summary>
    HostInfo Host { get; }

    /// <summary>Whether what it answers can change from one question to the next. A file does not change: nothing is gained by asking it again, or by waiting.</summary>
    bool IsLive { get; }

    /// <summary>When the answers of a file were read from the host; null when the file does not carry a time, and for a live target, which answers as of now.</summary>
    DateTimeOffset? TakenAt { get; }

    /// <summary>All domains, lowest number first, dying ones included; each is asked for when it is its turn.</summary>
    IEnumerable<DomainInfo> ReadDomains();

    /// <summary>One domain, as it is now.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainNotFound"/>.</exception>
    DomainInfo ReadDomain(ushort domId);

    /// <summary>A copy of the domain's page, with its vCPUs' run times.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.SharedInfoNotMapped"/>, <see cref="XenErrorId.SharedInfoOfOwnDomain"/>,
    /// <see cref="XenErrorId.DomainVanished"/>, <see cref="XenErrorId.NotSupportedByHost"/> (Arm).</exception>
    DomainSample ReadSample(ushort domId);

    /// <summary>The domain's ports.</summary>
    PortTable ReadPorts(ushort domId);

    /// <summary>The domain's name; null when xenstore has none or cannot be asked.</summary>
    string? ReadName(ushort domId);

    /// <summary>The wall clock of the control domain, which has no time offset; null when it cannot be read.</summary>
    WallClockContent? ReadHostClock();

    /// <summary>What xenstore says about the domain's ports: paths below its home (<c>console/port</c>, <c>device/vif/0/event-channel</c>, ...) and their values.</summary>
    IReadOnlyDictionary<string, string> ReadDeviceNodes(ushort domId);

    /// <summary>
    /// Ends what other threads have under way at this target, where that can take long; such a question ends with <see cref="OperationCanceledException"/>. Any
    /// thread may call it, and the target is only closed afterwards.
    /// </summary>
    void Cancel()
    {
        // Most targets answer at once.
    }
}
