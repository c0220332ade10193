using System.Globalization;

namespace XenShared;

/// <summary>A vCPU's clock record, as of its last update (<c>struct vcpu_time_info</c>).</summary>
public sealed record XenVcpuTime
{
    /// <summary>Counts Xen's updates: two for each.</summary>
    public uint Version { get; init; }

    /// <summary>Gets the guest's TSC at the update.</summary>
    public ulong TscTimestamp { get; init; }

    /// <summary>Time since Xen's start at the update, in steps of 100 ns.</summary>
    public TimeSpan SystemTime { get; init; }

    /// <summary>Gets the same to the nanosecond.</summary>
    public ulong SystemTimeNanoseconds { get; init; }

    /// <summary>Multiplier from ticks to nanoseconds, a 32-bit fraction.</summary>
    public uint TscToSystemMul { get; init; }

    /// <summary>Shift of the ticks before the multiplication.</summary>
    public sbyte TscShift { get; init; }

    /// <summary>Flags of the record.</summary>
    public PvclockFlags Flags { get; init; }

    /// <summary>Ticks a second, from multiplier and shift; null when the record was never filled or does not make sense.</summary>
    public ulong? TscFrequency { get; init; }

    /// <summary>Returns the system time, and the version, safe to show.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{SystemTime:c} (version {Version})");
}
