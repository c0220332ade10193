using System.Globalization;

namespace XenShared;

/// <summary>Represents a vCPU's clock at its last update (<c>struct vcpu_time_info</c>).</summary>
public sealed record XenVcpuTime
{
    /// <summary>Gets the version counter, which Xen increments twice per update.</summary>
    public uint Version { get; internal init; }

    /// <summary>Gets the guest's TSC at the update.</summary>
    public ulong TscTimestamp { get; internal init; }

    /// <summary>Gets the time from Xen's start to the update, in steps of 100 ns.</summary>
    public TimeSpan SystemTime { get; internal init; }

    /// <summary>Gets the time from Xen's start to the update, in nanoseconds.</summary>
    public ulong SystemTimeNanoseconds { get; internal init; }

    /// <summary>Gets the multiplier from TSC ticks to nanoseconds, as a 32-bit fraction.</summary>
    public uint TscToSystemMul { get; internal init; }

    /// <summary>Gets the shift that is applied to the ticks before the multiplication.</summary>
    public sbyte TscShift { get; internal init; }

    /// <summary>Gets the flags.</summary>
    public PvclockFlags Flags { get; internal init; }

    /// <summary>
    /// Gets the TSC ticks per second: (10^9 &lt;&lt; 32) / multiplier, shifted opposite to the shift (<c>xen/include/public/xen.h</c>);
    /// null if the record was never filled or is not valid.
    /// </summary>
    public ulong? TscFrequency
    {
        get
        {
            if (TscToSystemMul == 0 || TscShift is < -31 or > 31) return null;
            var unshifted = ((UInt128)1_000_000_000 << 32) / TscToSystemMul;
            var hertz = TscShift < 0 ? unshifted << -TscShift : unshifted >> TscShift;
            return hertz > 0 && hertz <= ulong.MaxValue ? (ulong)hertz : null;
        }
    }

    /// <summary>Returns the system time and the version, safe to display.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{SystemTime:c} (version {Version})");
}
