using XenShared.Layout;

namespace XenShared.Guests.Deduction;

/// <summary>
/// Compares the clocks of vCPUs (<c>vcpu_time_info</c>). Such a record maps TSC values to Xen's system time: the time at
/// <c>tsc_timestamp</c> is <c>system_time</c>, and a tick lasts <c>tsc_to_system_mul</c> / 2^32 * 2^<c>tsc_shift</c> nanoseconds. A guest
/// can write any value to its records, so only valid ones (<see cref="IsValid"/>) are used.
/// </summary>
internal static class ClockArithmetic
{
    /// <summary>The minimum number of updates from which a drift is calculated. Fewer do not show how uncertain the result is.</summary>
    public const int MinimumUpdates = 6;

    /// <summary>
    /// The maximum backward step of the system time in a record, in nanoseconds. The system time is that of the last calibration of the
    /// vCPU's processor. After a move to another processor, it can be earlier, because the last calibration there can be older.
    /// </summary>
    public const ulong MaximumBackwardStep = 2_000_000_000;

    // The minimum difference that counts as a jump of a clock. On a busy host, a clock differs by up to 0.2 ms when Xen updates it, which
    // must not count. A millisecond is the shortest usual tick of an operating system, so the guest notices such a jump.
    private const long JumpNanoseconds = 1_000_000;

    // The time of an update is compared with the time that the record before gives for the same TSC. If the clock runs too fast or too
    // slowly, the two differ although there is no jump. So JumpNanoseconds is raised by this share of the time between the two updates. NTP
    // corrects a rate only if its error is at most this share.
    private const long JumpPartsPerMillion = 500;

    // The inaccuracy of the time in a record: it is a whole number of nanoseconds, and the multiplier has a limited precision.
    private const double RecordNanoseconds = 100;

    // The standard deviation of normally distributed values is this multiple of their median absolute deviation.
    private const double DeviationFactor = 1.4826;

    // The maximum number of points for fitting a line, because all pairs of points are compared. If there are more, this many of them are
    // selected at equal distances.
    private const int MaximumPoints = 256;

    /// <summary>Determines whether a record is filled and consistent.</summary>
    public static bool IsValid(in VcpuTimeContent record) =>
        record.Version != 0 && (record.Version & 1) == 0 && record.TscToSystemMul != 0 && record.TscShift is >= -31 and <= 31;

    /// <summary>
    /// Returns the drift of a vCPU against the control domain. Null with fewer than <see cref="MinimumUpdates"/> valid updates of different
    /// system times, or without a valid record of the control domain. A constant difference of the two TSCs has no influence.
    /// </summary>
    /// <param name="updates">The updates of the vCPU's record.</param>
    /// <param name="control">The records of the control domain's vCPUs.</param>
    public static ClockDrift? Drift(IEnumerable<VcpuTimeContent> updates, IEnumerable<VcpuTimeContent> control)
    {
        var references = control.Where(record => IsValid(record)).OrderBy(record => record.SystemTime).ToArray();
        var records = Thin(updates.Where(record => IsValid(record)).DistinctBy(record => record.SystemTime).ToArray());
        if (references.Length == 0 || records.Length < MinimumUpdates) return null;
        var first = TscDifference(records[0], Nearest(references, records[0].SystemTime));
        var times = new double[records.Length];
        var leads = new double[records.Length];
        for (var at = 0; at < records.Length; at++)
        {
            var reference = Nearest(references, records[at].SystemTime);
            // If the vCPU's clock is ahead, it reaches the same system time at a lower TSC value than the clock of the control domain. So
            // the lead is the difference of the TSC values with the opposite sign.
            leads[at] = -(double)ToNanoseconds(reference, unchecked((long)(TscDifference(records[at], reference) - first)));
            times[at] = ((double)((Int128)records[at].SystemTime - records[0].SystemTime) - leads[at]) / 1e9;
        }
        return FitLine(times, leads);
    }

    /// <summary>Returns the size of a jump from one record of a vCPU to its next in nanoseconds; null if there is none.</summary>
    public static long? Jump(in VcpuTimeContent before, in VcpuTimeContent after)
    {
        if (!IsValid(before) || !IsValid(after)) return null;
        var passed = (Int128)after.SystemTime - before.SystemTime;
        if (-passed > MaximumBackwardStep) return Clamp(passed);
        var difference = passed - ToNanoseconds(before, unchecked((long)(after.TscTimestamp - before.TscTimestamp)));
        var limit = JumpNanoseconds + Int128.Abs(passed) * JumpPartsPerMillion / 1_000_000;
        return Int128.Abs(difference) > limit ? Clamp(difference) : null;
    }

    /// <summary>
    /// Returns by how many ticks the TSC value of a record is higher than the TSC value at which <paramref name="reference"/> reaches the
    /// same system time, modulo 2^64.
    /// </summary>
    public static ulong TscDifference(in VcpuTimeContent record, in VcpuTimeContent reference)
    {
        var passed = (Int128)record.SystemTime - reference.SystemTime;
        var ticks = ((UInt128)Int128.Abs(passed) << 32 - reference.TscShift) / reference.TscToSystemMul;
        return unchecked(record.TscTimestamp - reference.TscTimestamp - (passed < 0 ? (ulong)-ticks : (ulong)ticks));
    }

    /// <summary>Returns the time that a number of ticks lasts according to a record.</summary>
    public static Int128 ToNanoseconds(in VcpuTimeContent record, long ticks)
    {
        var product = (UInt128)Int128.Abs(ticks) * record.TscToSystemMul >> 32 - record.TscShift;
        return ticks < 0 ? -(Int128)product : (Int128)product;
    }

    /// <summary>
    /// Returns the record whose system time is nearest to <paramref name="systemTime"/>, from records in ascending order of their system
    /// times.
    /// </summary>
    public static VcpuTimeContent Nearest(VcpuTimeContent[] ordered, ulong systemTime)
    {
        var (low, high) = (0, ordered.Length - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (ordered[middle].SystemTime < systemTime) low = middle + 1;
            else high = middle;
        }
        return low > 0 && systemTime - ordered[low - 1].SystemTime <= (UInt128)Int128.Abs((Int128)ordered[low].SystemTime - systemTime)
            ? ordered[low - 1]
            : ordered[low];
    }

    // Returns the slope of a line through the points, and its uncertainty; null if all times are equal. The slope is the median of the
    // slopes between all pairs of points (Theil-Sen), so a few wrong points do not change it. The uncertainty is four standard deviations
    // of the slope. With few points it is enlarged, because the standard deviation is then uncertain too.
    private static ClockDrift? FitLine(double[] times, double[] leads)
    {
        var slopes = new List<double>(times.Length * times.Length / 2);
        for (var left = 0; left < times.Length; left++)
        {
            for (var right = left + 1; right < times.Length; right++)
            {
                if (times[right] != times[left]) slopes.Add((leads[right] - leads[left]) / (times[right] - times[left]));
            }
        }
        if (slopes.Count == 0) return null;
        var slope = Median(slopes);
        var residuals = times.Zip(leads, (time, lead) => lead - slope * time).ToArray();
        var middle = Median(residuals);
        var deviation = DeviationFactor * Median(residuals.Select(residual => Math.Abs(residual - middle)));
        var mean = times.Average();
        var spread = Math.Sqrt(times.Sum(time => (time - mean) * (time - mean)));
        var uncertainty = 4 * (1 + 20.0 / times.Length) * deviation / spread + RecordNanoseconds / (times.Max() - times.Min());
        // The slope is in nanoseconds per second. A nanosecond per second is a thousandth of a part per million.
        return new ClockDrift(slope / 1000, uncertainty / 1000);
    }

    private static double Median(IEnumerable<double> values)
    {
        var ordered = values.Order().ToArray();
        return (ordered[(ordered.Length - 1) / 2] + ordered[ordered.Length / 2]) / 2;
    }

    private static VcpuTimeContent[] Thin(VcpuTimeContent[] records) =>
        records.Length <= MaximumPoints
            ? records
            : [.. Enumerable.Range(0, MaximumPoints).Select(at => records[(long)at * (records.Length - 1) / (MaximumPoints - 1)])];

    private static long Clamp(Int128 nanoseconds) => (long)Int128.Clamp(nanoseconds, long.MinValue, long.MaxValue);
}
