using XenShared.Diagnosis.Evidence;
using XenShared.Guests.Deduction;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a live record whose clock does not advance although its vCPU runs. Xen updates the clock of a running vCPU about once a second.
/// It does not update that of a paused or sleeping vCPU, which is no fault.
/// </summary>
internal sealed class FrozenClock : IFaultRule
{
    public string Name => nameof(FrozenClock);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (evidence.WhyNoClocks is { } whyNot) return [RuleFinding.NotJudged(whyNot)];
        return evidence.Each(evidence.Latest.Vcpus).SelectMany(vcpu => Evaluate(evidence, vcpu));
    }

    private IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence, XenVcpuInfo latest)
    {
        // Xen does not write the clock of an Arm vCPU, and does not update that of a vCPU that does not run. So it is no fault if such a
        // clock does not advance.
        if (evidence.Layout?.Layout == GuestLayout.Arm || evidence.DidNotRun(latest.Vcpu)) yield break;
        var before = evidence.Snapshots.SkipLast(1).Select(snapshot => snapshot.VcpuAt(latest.Vcpu)).OfType<XenVcpuInfo>()
            .Where(record => record.Location == latest.Location && record is { IsLive: true, Time: not null }).ToArray();
        if (latest.Time is not { } clock || before is not [var first, ..])
        {
            yield return RuleFinding.NotJudged($"no live record of vCPU {latest.Vcpu} was known in an earlier sample");
        }
        else if (clock.Version == 0 || before.Any(record => record.Time!.Version != clock.Version))
        {
            yield break;
        }
        else if (!evidence.KnowsRuns(latest.Vcpu))
        {
            yield return RuleFinding.NotJudged($"the run time of vCPU {latest.Vcpu} is not known");
        }
        else if (RanSince(evidence, first) is { } ran)
        {
            yield return evidence.Fault(
                this, FaultSeverity.Critical,
                $"The clock of vCPU {latest.Vcpu} ({latest.Location}) stayed at version {clock.Version}, "
                    + $"{FaultText.Seconds(clock.SystemTime)} after Xen's start, for "
                    + $"{FaultText.Seconds((latest.TakenAt - first.TakenAt).GetValueOrDefault())}, while the vCPU ran "
                    + $"{ran.TotalMilliseconds:0} ms.",
                $"The guest's time does not advance. See xl dmesg for Xen's timer calibration and xl list for the vCPU; migrate or restart "
                    + $"the guest if its time still does not advance.",
                vcpu: latest.Vcpu);
        }
    }

    // Returns the time that the vCPU ran between two samples; null if it did not run. The first of these samples is at least
    // CalibrationMargin later than the record 'first'. Xen has calibrated since then, so it updates a live record when the vCPU runs. The
    // other is the last sample. It reads the run times before it copies the page, so the page shows this update.
    private static TimeSpan? RanSince(DomainEvidence evidence, XenVcpuInfo first)
    {
        var later = evidence.Runs(first.Vcpu).Where(run => run.TakenAt - first.TakenAt >= SlotLiveness.CalibrationMargin).ToArray();
        if (later.Length < 2 || later[^1].Vcpu.CpuTimeNanoseconds <= later[0].Vcpu.CpuTimeNanoseconds) return null;
        return TimeSpan.FromTicks((long)((later[^1].Vcpu.CpuTimeNanoseconds - later[0].Vcpu.CpuTimeNanoseconds) / 100));
    }
}
