using System.Globalization;

namespace XenShared;

/// <summary>Represents a vCPU's clock at its last update (<c>struct vcpu_time_info</c>).</summary>
public sealed record XenVcpuTime
{
    /// <summary>Gets the version counter, which Xen increments before and after each update, so that it is odd during the update.</summary>
    public uint Version { get; internal init; }

    /// <summary>Gets the guest's TSC at the update.</summary>
    public ulong TscTimestamp { get; internal init; }

    /// <summary>Gets the time from Xen's start to the update, in steps of 100 ns.</summary>
    public TimeSpan SystemTime { get; internal init; }

    /// <summary>Gets the time from Xen's start to the update, in nanoseconds.</summary>
    public ulong SystemTimeNanoseconds { get; internal init; }

    /// <summary>
    /// Gets the factor from TSC ticks to nanoseconds, in units of 2^-32. The ticks are first shifted by <see cref="TscShift"/>.
    /// </summary>
    public uint TscToSystemMul { get; internal init; }

    /// <summary>
    /// Gets the number of bits by which the TSC ticks are shifted before the multiplication: to the left if positive, to the right if
    /// negative.
    /// </summary>
    public sbyte TscShift { get; internal init; }

    /// <summary>Gets the flags.</summary>
    public PvclockFlags Flags { get; internal init; }

    /// <summary>
    /// Gets the TSC ticks per second, computed from <see cref="TscToSystemMul"/> and <see cref="TscShift"/> as
    /// <c>xen/include/public/xen.h</c> says; null if the clock was never filled or is not valid.
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
