using System.Globalization;
using XenShared.Diagnosis.Evidence;
using XenShared.Guests.Deduction;
using XenShared.Layout;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a jump of the clock of a vCPU. A record of the clock maps TSC values to Xen's system time, so it predicts the system time in a
/// later record. A jump is a difference between the predicted and the recorded time.
/// </summary>
internal sealed class ClockJump : IFaultRule
{
    // Records can be compared only if Xen has not restarted between them. The wall clock contains the time when Xen started. If it has
    // changed by more than SameStartSeconds, Xen is taken to have restarted. Setting the time of the control domain usually changes it by
    // less.
    private const double SameStartSeconds = 5;

    public string Name => nameof(ClockJump);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (evidence.WhyNoClocks is { } whyNot) return [RuleFinding.NotJudged(whyNot)];
        return evidence.Each(evidence.Latest.Vcpus).SelectMany(vcpu => Evaluate(evidence, vcpu));
    }

    private IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence, XenVcpuInfo latest)
    {
        // Xen does not write the clock of an Arm vCPU, and does not update that of a vCPU that does not run. So their records show no jump.
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
