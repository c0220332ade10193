namespace XenShared.Layout;

/// <summary>
/// The TSC's frequency out of a clock record (<c>xen/include/public/xen.h</c>: (10^9 &lt;&lt; 32) / mul, shifted against <c>tsc_shift</c>).
/// </summary>
public static class PvclockFrequency
{
    private const ulong Second = 1_000_000_000;

    /// <summary>
    /// Hertz; null when the record was never filled, or when the numbers give no frequency that fits 64 bits (a guest can write anything).
    /// </summary>
    public static ulong? Calculate(VcpuTimeContent time)
    {
        if (time.TscToSystemMul == 0 || time.TscShift is < -31 or > 31) return null;
        var unshifted = ((UInt128)1_000_000_000 << 32) / time.TscToSystemMul;
        var hertz = time.TscShift < 0 ? unshifted << -time.TscShift : unshifted >> time.TscShift;
        return hertz > 0 && hertz <= ulong.MaxValue ? (ulong)hertz : null;
    }

    /// <summary>
    /// The multiplier and shift that Xen chooses for a frequency: the shift that brings the multiplier into its upper half
    /// (<c>set_time_scale</c> in <c>xen/arch/x86/time.c</c>).
    /// </summary>
    /// <param name="hertz">The frequency, above 0.</param>
    public static (uint Multiplier, sbyte Shift) ScaleOf(ulong hertz)
    {
        ArgumentOutOfRangeException.ThrowIfZero(hertz);
        var shift = 0;
        for (; hertz > 2 * Second; hertz >>= 1) shift--;
        for (; hertz <= Second; hertz <<= 1) shift++;
        return ((uint)((Second << 32) / hertz), (sbyte)shift);
    }
}
