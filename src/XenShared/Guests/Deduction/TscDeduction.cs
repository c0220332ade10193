using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Guests.Deduction;

/// <summary>
/// Represents whether Xen emulates the TSC of a domain. In the default mode Xen does not report it, but the clocks in the vCPU records show
/// it (<c>xen/arch/x86/time.c</c>): the multiplier of an emulated or scaled TSC is constant, and an emulated TSC starts at the creation of
/// the domain.
/// </summary>
/// <param name="IsEmulated">Whether the TSC is emulated; null if not known.</param>
/// <param name="WhyNot">The reason why it is not known; null if it is known.</param>
internal readonly record struct TscDeduction(bool? IsEmulated, string? WhyNot)
{
    // If the TSCs of the host and of a domain differ by at most this many nanoseconds, they count as the same TSC. Even then, their values
    // differ a little, because a record can be more than a second old on a busy host. An emulated TSC starts with the domain, long after
    // that of the host, so it differs by more.
    private const long Nearby = 4_000_000_000;

    /// <summary>Deduces from Xen's data and from the records.</summary>
    /// <param name="domain">The domain.</param>
    /// <param name="tsc">Xen's data about its TSC; null if not known.</param>
    /// <param name="updates">The updates of the records of its vCPUs, each list for one vCPU.</param>
    /// <param name="control">The records of the control domain, in ascending order; empty if they do not contain the host's TSC (the
    /// control domain is not PV).</param>
    public static TscDeduction Deduce(
        DomainInfo domain,
        TscInfo? tsc,
        IEnumerable<IReadOnlyList<VcpuTimeContent>> updates,
        VcpuTimeContent[] control)
    {
        // Xen never emulates the TSC of the control domain.
        if (domain.DomId == 0) return new(false, null);
        switch ((TscMode?)tsc?.Mode)
        {
            case TscMode.AlwaysEmulate:
                return new(true, null);
            case TscMode.NeverEmulate:
                return new(false, null);
        }
        var records = updates.Select(list => list.Where(record => ClockArithmetic.IsValid(record)).ToArray()).ToArray();
        if (Array.Exists(records, list => list.DistinctBy(record => record.TscToSystemMul).Count() > 1)) return new(false, null);
        if (control.Length == 0) return new(null, "no record of a PV control domain shows the host's TSC to compare with");
        if (tsc is not null) return new(!IsNearby(control[^1], ToTicks(tsc) - control[^1].TscTimestamp), null);
        // The TSC of a PV guest is that of the host, or an emulated one. Other guests can have an offset to the host's TSC, so a difference
        // does not prove that Xen emulates theirs.
        if (domain.Type == DomainType.PV && Array.Find(records, list => list.Length > 0) is [.., var latest])
        {
            var difference = ClockArithmetic.TscDifference(latest, ClockArithmetic.Nearest(control, latest.SystemTime));
            return new(!IsNearby(latest, difference), null);
        }
        return new(null, "its records do not show it, and Xen was not asked or did not answer");
    }

    private static ulong ToTicks(TscInfo tsc) => unchecked((ulong)((UInt128)tsc.ElapsedNanoseconds * tsc.KiloHertz / 1_000_000));

    private static bool IsNearby(in VcpuTimeContent record, ulong ticks) =>
        Int128.Abs(ClockArithmetic.ToNanoseconds(record, unchecked((long)ticks))) <= Nearby;
}
