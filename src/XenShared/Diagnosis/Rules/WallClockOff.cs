using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a wall clock that differs from that of the host by more than two seconds, unless the difference is that of a time zone (a
/// multiple of 15 minutes). Both clocks contain the time when Xen started, so they are equal in a domain without a time offset. An HVM
/// guest that sets its hardware clock gets a small offset, so its fault is only information.
/// </summary>
internal sealed class WallClockOff : IFaultRule
{
    private const double Tolerance = 2;
    private const double QuarterHour = 900;
    private const double FarthestZone = 14.25 * 3600;

    public string Name => nameof(WallClockOff);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        // The clocks of other domains are compared with that of the control domain (domain 0). So for domain 0 no fault is reported, but
        // only that its page is not known.
        if (evidence.DomId == 0 && evidence.WhyNoPage is { } whyNot) yield return RuleFinding.NotJudged(whyNot);
        if (evidence.DomId == 0) yield break;
        var offsets = evidence.Each(evidence.Snapshots).Select(Offset).ToArray();
        if (offsets.Contains(null) && !offsets.Any(offset => offset is { } known && !IsOff(known)))
            yield return RuleFinding.NotJudged(
                evidence.WhyNoPage
                    ?? (
                        evidence.Snapshots.Any(snapshot => snapshot.WallClock?.Time is null)
                            ? "its wall clock is not known"
                            : "the wall clock of the host is not known"));
        if (offsets.Any(offset => offset is not { } known || !IsOff(known)) || offsets[^1] is not { } latest)
            yield break;
        var isHvm = evidence.Latest.Guest.Domain.Type == DomainType.HVM;
        yield return evidence.Fault(
            this, isHvm ? FaultSeverity.Information : evidence.Graded(FaultSeverity.Warning),
            $"The domain's wall clock is {(latest < 0 ? "behind" : "ahead of")} the host's by "
                + FaultText.Seconds(TimeSpan.FromSeconds(Math.Abs(latest)))
                + $"{(isHvm ? "; an HVM guest that sets its hardware clock does that" : "")}.{evidence.SingleSampleNote()}",
            $"If no time offset is intended, {RuleCommands.CopyHostClock(evidence.DomId, evidence.Latest.Host.Clock)} writes the host's "
                + $"clock. Let the guest keep time by NTP; if the offset returns, check rtc_timeoffset in its configuration.");
    }

    private static double? Offset(DomainSnapshot snapshot) =>
        snapshot.WallClock?.Time is { } time && snapshot.Host.Clock is { IsPlausible: true } host
            ? (time - DateTimeOffset.FromUnixTimeSeconds((long)host.Seconds).AddTicks(host.Nanoseconds / 100)).TotalSeconds
            : null;

    private static bool IsOff(double offset) =>
        Math.Abs(offset) > Tolerance
        && (Math.Abs(offset) > FarthestZone || Math.Abs(offset - Math.Round(offset / QuarterHour) * QuarterHour) > Tolerance);
}
