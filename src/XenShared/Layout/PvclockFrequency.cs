namespace XenShared.Layout;

/// <summary>The TSC's frequency out of a clock record (<c>xen/include/public/xen.h</c>: (10^9 &lt;&lt; 32) / mul, shifted against <c>tsc_shift</c>).</summary>
public static class PvclockFrequency
{
    /// <summary>Hertz; null when the record was never filled, or when the numbers give no frequency that fits 64 bits (a guest can write anything).</summary>
    public static ulong? Of(VcpuTimeContent time)
    {
        if (time.TscToSystemMul == 0 || time.TscShift is < -31 or > 31) return null;
        var unshifted = ((UInt128)1_000_000_000 << 32) / time.TscToSystemMul;
        var hertz = time.TscShift < 0 ? unshifted << -time.TscShift : unshifted >> time.TscShift;
        return hertz > 0 && hertz <= ulong.MaxValue ? (ulong)hertz : null;
    }
}
