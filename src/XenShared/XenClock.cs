using System.Globalization;

namespace XenShared;

/// <summary>
/// Represents the clock of a domain: how Xen presents the TSC to it, and how its vCPU records compare with those of the control domain. The
/// comparison is between Xen's calibrations. The guest's own wall clock and its NTP state are not known to Xen.
/// </summary>
public sealed record XenClock
{
    /// <summary>Gets the domain.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets how Xen presents the TSC to the domain; null if Xen was not asked or did not answer.</summary>
    public TscMode? TscMode { get; internal init; }

    /// <summary>Gets a value indicating whether Xen emulates the TSC; null if it is not known.</summary>
    public bool? IsEmulated { get; internal init; }

    /// <summary>Gets the TSC ticks per second; null if neither Xen nor a record shows them.</summary>
    public ulong? TscFrequency { get; internal init; }

    /// <summary>
    /// Gets the number of times the toolstack has set the TSC of the domain: at its start, and at each restore and migration. Null if Xen
    /// was not asked or did not answer.
    /// </summary>
    public uint? Incarnation { get; internal init; }

    /// <summary>Gets the time by which the wall clock of the page is ahead of the control domain's; null if one is not known.</summary>
    public TimeSpan? WallClockOffset { get; internal init; }

    /// <summary>
    /// Gets the drift against the control domain's clock in parts per million, of the vCPU whose drift is the most certain; positive if the
    /// domain's clock is fast. Null if it is not known.
    /// </summary>
    public double? DriftPpm { get; internal init; }

    /// <summary>Gets the uncertainty of the drift in parts per million; null without a drift.</summary>
    public double? DriftUncertaintyPpm { get; internal init; }

    /// <summary>Gets the jumps of all vCPUs; null if no vCPU showed two updates.</summary>
    public IReadOnlyList<XenClockJump>? Jump { get; internal init; }

    /// <summary>Gets a value indicating whether the stable flag is set in the records of all vCPUs; null without a record.</summary>
    public bool? IsStable { get; internal init; }

    /// <summary>Gets the clocks of the vCPUs.</summary>
    public IReadOnlyList<XenVcpuClock> Vcpu { get; internal init; } = [];

    /// <summary>Gets the reason for each property that is null, and what the drift does not show; null if there is neither.</summary>
    public string? Note { get; internal init; }

    /// <summary>Gets the time when the records were read last; null if the file does not contain it.</summary>
    public DateTimeOffset? TakenAt { get; internal init; }

    /// <summary>Gets the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Returns one line for people, safe to show.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{DisplayText.Domain(DomId, DomainName)}: {(DriftPpm is { } drift ? $"{drift:+0.###;-0.###;0} ppm" : "drift not known")}");
}
