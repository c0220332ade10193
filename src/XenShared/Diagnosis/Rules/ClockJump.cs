using System.Globalization;
using XenShared.Diagnosis.Evidence;
using XenShared.Guests.Deduction;
using XenShared.Layout;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a clock of a vCPU that jumped: a live record that does not continue the record of an earlier sample. Both map TSC values to
/// Xen's time, so the later one must be on the line of the earlier one.
/// </summary>
internal sealed class ClockJump : IFaultRule
{
    // The time of Xen starts at 0 when Xen starts. Setting the time of the control domain moves its wall clock by less.
    private const double SameStartSeconds = 5;

    public string Name => nameof(ClockJump);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (evidence.WhyNoClocks is { } whyNot) return [RuleFinding.NotJudged(whyNot)];
        return evidence.Each(evidence.Latest.Vcpus).SelectMany(vcpu => Evaluate(evidence, vcpu));
    }

    private IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence, XenVcpuInfo latest)
    {
        // Xen does not fill the clock of an Arm vCPU, and does not update that of a vCPU that does not run.
        if (evidence.Layout?.Layout == GuestLayout.Arm || evidence.DidNotRun(latest.Vcpu)) yield break;
        var records = evidence.Snapshots
            .Where(snapshot => HasSameStart(snapshot, evidence.Latest))
            .Select(snapshot => snapshot.VcpuAt(latest.Vcpu))
            .OfType<XenVcpuInfo>()
            .Where(record => record.Location == latest.Location && record is { IsLive: true, Time: not null })
            .ToArray();
        if (records.Length < 2 || latest.Time is null)
        {
            yield return RuleFinding.NotJudged($"no live record of vCPU {latest.Vcpu} was known in an earlier sample");
            yield break;
        }
        for (var at = 1; at < records.Length; at++)
        {
            var (before, after) = (records[at - 1].Time!, records[at].Time!);
            if (before.Version == after.Version || ClockArithmetic.Jump(ToContent(before), ToContent(after)) is not { } size) continue;
            yield return evidence.Fault(
                this,
                FaultSeverity.Warning,
                $"The clock of vCPU {latest.Vcpu} ({latest.Location}) jumped {(size < 0 ? "back" : "forward")} by {Milliseconds(size)} "
                    + $"between {FaultText.Seconds(before.SystemTime)} and {FaultText.Seconds(after.SystemTime)} after Xen's start: its "
                    + $"TSC and Xen's time do not advance together.",
                $"See xl dmesg for Xen's clock source and its calibration; {RuleCommands.FollowClock(evidence.DomId)} shows further "
                    + $"jumps. If the TSCs of the host's processors differ, tsc_mode=\"always_emulate\" in the domain's configuration "
                    + $"gives the guest one that does not jump.",
                vcpu: latest.Vcpu);
        }
    }

    private static bool HasSameStart(DomainSnapshot snapshot, DomainSnapshot latest) =>
        snapshot.Host.Clock is not { } clock
        || latest.Host.Clock is not { } present
        || Math.Abs((double)clock.Seconds - present.Seconds) <= SameStartSeconds;

    private static VcpuTimeContent ToContent(XenVcpuTime time) =>
        new(time.Version, time.TscTimestamp, time.SystemTimeNanoseconds, time.TscToSystemMul, time.TscShift, (byte)time.Flags);

    private static string Milliseconds(long nanoseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(nanoseconds / 1e6):N1} ms");
}
