using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Guests.Deduction;

/// <summary>
/// Represents the liveness of a vCPU's slot: whether Xen still updates this <c>vcpu_info</c> of the shared page, or the guest has
/// registered another place. While a vCPU runs, Xen updates its clock at each calibration, about once a second (<c>xen/arch/x86/time.c</c>,
/// <c>update_vcpu_system_time</c>). So a slot whose version changes is live. If the version does not change although the vCPU ran after the
/// next calibration, the slot is a frozen copy. If the vCPU did not run, nothing is known.
/// </summary>
/// <param name="IsLive">Whether the slot is live; null if not known.</param>
/// <param name="Evidence">The evidence.</param>
public readonly record struct SlotLiveness(bool? IsLive, string Evidence)
{
    /// <summary>The time in which Xen calibrates at least once: one second, plus half a second for a busy host.</summary>
    internal static readonly TimeSpan CalibrationMargin = TimeSpan.FromSeconds(1.5);

    /// <summary>Deduces from successive samples whether slot <paramref name="vcpu"/> is live.</summary>
    public static SlotLiveness Deduce(IReadOnlyList<DomainSample> samples, SharedInfoLayout layout, int vcpu)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(layout);
        if (layout.SlotOffset(vcpu) is not { } slot)
            return new(null, $"vCPU {vcpu} has no slot: the page has {layout.SlotCount}");
        if (layout.Layout == GuestLayout.Arm)
            return new(null, "Xen never fills the clock of an Arm vCPU, so nothing in it changes");
        var settled = samples.Where(sample => !sample.Unstable.Contains(SeqlockRange.SlotTimeName(vcpu))).ToArray();
        if (settled.Length < 2)
            return new(null, samples.Count < 2 ? "not sampled" : "its clock was being written at each attempt");

        var version = layout.Vcpu.Version with { Offset = slot + layout.Vcpu.Version.Offset };
        var first = settled[0];
        var seen = version.Read(first.Page.Span);
        foreach (var sample in settled.AsSpan(1))
        {
            if (version.Read(sample.Page.Span) != seen)
                return new(true, $"its version changed from {seen} within {Seconds(sample.TakenAt - first.TakenAt)}");
        }
        return JudgeStandstill(settled, vcpu, seen);
    }

    // Judges a slot whose version did not change. If the vCPU ran after Xen's next clock update, which comes within CalibrationMargin, Xen
    // would have updated a live slot. So the run time after this margin is compared with that of the last sample. A sample reads the run
    // times before it copies the page, so its copy contains any such update.
    private static SlotLiveness JudgeStandstill(DomainSample[] settled, int vcpu, ulong version)
    {
        var first = settled[0];
        var last = settled[^1];
        var span = last.TakenAt - first.TakenAt;
        var early = Array.Find(settled, sample => sample.TakenAt - first.TakenAt >= CalibrationMargin);
        if (early is null || early == last)
            return new(null, $"its version stayed at {version} for {Seconds(span)}, which is too short to decide");
        if (RunTime(early, vcpu) is not { } before || RunTime(last, vcpu) is not { } after)
            return new(null, "Xen did not report the vCPU's run time");
        return after > before
            ? new(false, $"its version stayed at {version} for {Seconds(span)} while the vCPU ran: registered elsewhere")
            : new(null, $"the vCPU did not run for {Seconds(span)}");
    }

    private static ulong? RunTime(DomainSample sample, int vcpu)
    {
        foreach (var reading in sample.Vcpus)
        {
            if (reading.Vcpu == vcpu) return reading.CpuTimeNanoseconds;
        }
        return null;
    }

    private static string Seconds(TimeSpan? time) =>
        time is { } known ? FormattableString.Invariant($"{known.TotalSeconds:0.0} s") : "a time that is not known";
}
