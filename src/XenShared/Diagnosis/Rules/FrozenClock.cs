using XenShared.Guests;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// The clock of a record that was live stands still although its vCPU runs. Xen brings it up to date about once a second, when the vCPU runs; the clock of a vCPU that is paused or sleeps stands
/// still rightly.
/// </summary>
internal sealed class FrozenClock : IFaultRule
{
    public string Name => nameof(FrozenClock);

    public IEnumerable<XenFault> Judge(DomainEvidence evidence)
    {
        if (evidence.Looks.Any(look => !look.CanRun)) yield break;
        foreach (var latest in evidence.Latest.Vcpus)
        {
            if (latest.Time is not { Version: not 0 } clock) continue;
            var before = evidence.Looks.SkipLast(1).SelectMany(look => look.Vcpus)
                .Where(record => record.Vcpu == latest.Vcpu && record.Location == latest.Location && record is { IsLive: true, Time: not null }).ToArray();
            if (before is not [var first, ..] || before.Any(record => record.Time!.Version != clock.Version) || RanSince(evidence, first) is not { } ran) continue;
            yield return evidence.Fault(
                this, FaultSeverity.Critical,
                $"The clock of vCPU {latest.Vcpu} ({latest.Location}) stood at version {clock.Version}, {FaultText.Seconds(clock.SystemTime)} after Xen's start, for {FaultText.Seconds((latest.TakenAt - first.TakenAt).GetValueOrDefault())}, while the vCPU ran {ran.TotalMilliseconds:0} ms.",
                "The guest's time stands still. See xl dmesg for Xen's timer calibration and xl list for the vCPU; migrate or restart the guest if its time does not go on.", vcpu: latest.Vcpu);
        }
    }

    // Run times are read before the page. So what ran between a sample a calibration after the first record and the last sample ran before the last record was read, and would have refreshed it.
    private static TimeSpan? RanSince(DomainEvidence evidence, XenVcpuInfo first)
    {
        var later = evidence.Runs(first.Vcpu).Where(run => run.TakenAt - first.TakenAt >= SlotLiveness.CalibrationMargin).ToArray();
        if (later.Length < 2 || later[^1].Vcpu.CpuTimeNanoseconds <= later[0].Vcpu.CpuTimeNanoseconds) return null;
        return TimeSpan.FromTicks((long)((later[^1].Vcpu.CpuTimeNanoseconds - later[0].Vcpu.CpuTimeNanoseconds) / 100));
    }
}
