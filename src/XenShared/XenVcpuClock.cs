using System.Globalization;

namespace XenShared;

/// <summary>Represents the clock of one vCPU, from the <c>struct vcpu_time_info</c> that Xen updates for it.</summary>
public sealed record XenVcpuClock
{
    /// <summary>Gets the vCPU's number.</summary>
    public int Vcpu { get; internal init; }

    /// <summary>Gets the TSC ticks per second; null if the clock was not read or is not valid.</summary>
    public ulong? TscFrequency { get; internal init; }

    /// <summary>
    /// Gets the drift against the control domain's clock in parts per million; positive if this clock is fast. Null if it is not known.
    /// </summary>
    public double? DriftPpm { get; internal init; }

    /// <summary>Gets the uncertainty of <see cref="DriftPpm"/> in parts per million; null if the drift is not known.</summary>
    public double? DriftUncertaintyPpm { get; internal init; }

    /// <summary>
    /// Gets the jumps of the clock; null if fewer than two updates by Xen were seen, because a jump is a difference between updates.
    /// </summary>
    public IReadOnlyList<XenClockJump>? Jump { get; internal init; }

    /// <summary>
    /// Gets a value indicating whether Xen has set <see cref="PvclockFlags.TscStable"/> in the clock; null if the clock was not read.
    /// </summary>
    public bool? IsStable { get; internal init; }

    /// <summary>Gets the number of updates of the clock by Xen that were seen; 0 if the clock was not read.</summary>
    public int UpdateCount { get; internal init; }

    /// <summary>Gets the time from Xen's start to the last update that was seen; null if the clock was not read.</summary>
    public TimeSpan? SystemTime { get; internal init; }

    /// <summary>
    /// Gets the place of the vCPU's vcpu_info, which contains the clock, such as <c>page+0x40</c> (an offset in the shared page); or the
    /// reason why there is none.
    /// </summary>
    public string Location { get; internal init; } = "";

    /// <summary>Gets where the vCPU's vcpu_info was read; null if there is none.</summary>
    public StateSource? Source { get; internal init; }

    /// <summary>Gets the reasons why properties are null; null if no property is.</summary>
    public string? Note { get; internal init; }

    /// <summary>Returns the vCPU and its drift, safe to display.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"vCPU {Vcpu}: {(DriftPpm is { } drift ? $"{drift:+0.###;-0.###;0} ppm" : "drift not known")}");
}
