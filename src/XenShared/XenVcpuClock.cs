using System.Globalization;

namespace XenShared;

/// <summary>Represents the clock of one vCPU, as its live record shows it (<c>struct vcpu_time_info</c>).</summary>
public sealed record XenVcpuClock
{
    /// <summary>Gets the vCPU's number.</summary>
    public int Vcpu { get; internal init; }

    /// <summary>Gets the TSC ticks per second; null without a record.</summary>
    public ulong? TscFrequency { get; internal init; }

    /// <summary>
    /// Gets the drift against the control domain's clock in parts per million; positive if this clock is fast. Null if it is not known.
    /// </summary>
    public double? DriftPpm { get; internal init; }

    /// <summary>Gets the uncertainty of the drift in parts per million; null without a drift.</summary>
    public double? DriftUncertaintyPpm { get; internal init; }

    /// <summary>Gets the jumps that were seen; null if fewer than two updates of a live record were seen.</summary>
    public IReadOnlyList<XenClockJump>? Jump { get; internal init; }

    /// <summary>Gets a value indicating whether Xen has set the stable flag of the record; null without a record.</summary>
    public bool? IsStable { get; internal init; }

    /// <summary>Gets the number of different updates of the record that were seen.</summary>
    public int UpdateCount { get; internal init; }

    /// <summary>Gets the time from Xen's start to the last update that was seen; null without a record.</summary>
    public TimeSpan? SystemTime { get; internal init; }

    /// <summary>Gets the place of the record, such as <c>page+0x40</c>, or the reason why there is none.</summary>
    public string Location { get; internal init; } = "";

    /// <summary>Gets the source of the record; null without a record.</summary>
    public StateSource? Source { get; internal init; }

    /// <summary>Gets the reason for each property that is null; null if none is.</summary>
    public string? Note { get; internal init; }

    /// <summary>Returns the vCPU and its drift, safe to show.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"vCPU {Vcpu}: {(DriftPpm is { } drift ? $"{drift:+0.###;-0.###;0} ppm" : "drift not known")}");
}
