using XenShared.Layout;

namespace XenShared.Guests.Locating;

/// <summary>
/// Represents the clock that all vCPU records (<c>vcpu_info</c>) of a guest share with the slots of its shared page. Between a record and a
/// slot, the system time must differ by as much as the TSC values. Bytes that only look like a record do not fulfil this.
/// </summary>
internal sealed class VcpuInfoClock
{
    // The time that passed between a slot and a record is calculated from the system times and from the TSC values. The two results may
    // differ by this share of the time, plus a fixed time, because Xen adjusts the multiplier of the clock continuously.
    private const double Tolerance = 0.02;
    private const double ToleranceNanoseconds = 2_000_000_000;

    private static readonly VcpuInfoLayout s_layout = SharedInfoLayout.X86_64.Vcpu;

    private readonly VcpuTimeContent[] _slots;

    /// <summary>Creates the clock from the slots that Xen has filled.</summary>
    public VcpuInfoClock(IEnumerable<VcpuTimeContent> slots) =>
        _slots = [.. slots.Where(time => time.Version != 0 && time.TscToSystemMul != 0)];

    /// <summary>Determines whether a record has the clock of a slot, and was written after every slot of the page.</summary>
    public bool IsLater(ReadOnlySpan<byte> record)
    {
        var time = VcpuTimeContent.Decode(record, s_layout);
        if ((time.Version & 1) != 0) return false;
        var fits = false;
        foreach (var slot in _slots)
        {
            if (time.SystemTime <= slot.SystemTime || time.TscTimestamp <= slot.TscTimestamp) return false;
            var passed = (double)(time.SystemTime - slot.SystemTime);
            var ticked = Nanoseconds(time.TscTimestamp - slot.TscTimestamp, slot);
            fits |= Math.Abs(passed - ticked) <= passed * Tolerance + ToleranceNanoseconds;
        }
        return fits;
    }

    private static double Nanoseconds(ulong ticks, VcpuTimeContent slot) =>
        ticks * Math.ScaleB((double)slot.TscToSystemMul, slot.TscShift - 32);
}
