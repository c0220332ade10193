using System.Globalization;

namespace XenShared;

/// <summary>
/// Represents the clock of a domain: how Xen presents the TSC to it, and how the clocks that Xen calibrates for its vCPUs compare with
/// those of the control domain. The clock that the guest itself keeps, for example with NTP, is not known.
/// </summary>
public sealed record XenClock
{
    /// <summary>Gets the number of the domain.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets the name of the domain; null if it is not known.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets how Xen presents the TSC to the domain; null if Xen did not report a known mode, and for a file.</summary>
    public TscMode? TscMode { get; internal init; }

    /// <summary>Gets a value indicating whether Xen emulates the TSC; null if it is not known.</summary>
    public bool? IsEmulated { get; internal init; }

    /// <summary>Gets the TSC ticks per second; null if neither Xen nor the clock of a vCPU shows them.</summary>
    public ulong? TscFrequency { get; internal init; }

    /// <summary>
    /// Gets the number of times the toolstack has set the TSC of the domain: at its start, and at each restore and migration. Null if Xen
    /// did not report it, and for a file.
    /// </summary>
    public uint? Incarnation { get; internal init; }

    /// <summary>
    /// Gets the time by which the wall clock in the domain's shared page is ahead of the control domain's, negative if it is behind. Null
    /// if one of the two is not known or not valid.
    /// </summary>
    public TimeSpan? WallClockOffset { get; internal init; }

    /// <summary>
    /// Gets the drift against the control domain's clock in parts per million; positive if the domain's clock is fast. It is the drift of
    /// the vCPU with the smallest uncertainty; null if no drift is known.
    /// </summary>
    public double? DriftPpm { get; internal init; }

    /// <summary>Gets the uncertainty of <see cref="DriftPpm"/> in parts per million; null if no drift is known.</summary>
    public double? DriftUncertaintyPpm { get; internal init; }

    /// <summary>
    /// Gets the jumps of the clocks of all vCPUs; null unless at least two updates by Xen were seen for one of the clocks.
    /// </summary>
    public IReadOnlyList<XenClockJump>? Jump { get; internal init; }

    /// <summary>
    /// Gets a value indicating whether <see cref="PvclockFlags.TscStable"/> is set in all the vCPU clocks that were read; null if none was.
    /// </summary>
    public bool? IsStable { get; internal init; }

    /// <summary>Gets the clocks of the vCPUs.</summary>
    public IReadOnlyList<XenVcpuClock> Vcpu { get; internal init; } = [];

    /// <summary>
    /// Gets the reasons why properties are null, and a remark about what <see cref="DriftPpm"/> does not show; null if there is neither.
    /// </summary>
    public string? Note { get; internal init; }

    /// <summary>Gets the time when the clocks of the vCPUs were last read; null if the file does not contain it.</summary>
    public DateTimeOffset? TakenAt { get; internal init; }

    /// <summary>Gets the name of the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Returns the domain and its drift, safe to display.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{DisplayText.Domain(DomId, DomainName)}: {(DriftPpm is { } drift ? $"{drift:+0.###;-0.###;0} ppm" : "drift not known")}");
}
