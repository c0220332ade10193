using XenShared.Diagnosis.Evidence;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Poking;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a clock whose version counter stays odd, which means that an update of the clock has not ended. A kernel that reads the clock
/// waits in a loop until the counter is even.
/// </summary>
internal sealed class ClockVersionOdd : IFaultRule
{
    public string Name => nameof(ClockVersionOdd);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (evidence.WhyNoPage is { } whyNot) yield return RuleFinding.NotJudged(whyNot);
        if (evidence.Layout is not { } layout) yield break;
        var samples = evidence.Snapshots.SelectMany(snapshot => snapshot.Guest.Samples).ToArray();
        if (StaysOdd(samples, layout.WallClockVersion) is { } wallClock)
        {
            yield return Fault(evidence, "the wall clock (wc_version)", wallClock, samples.Length,
                WallClockAdvice(evidence, wallClock), null);
        }
        if (evidence.WhyNoRecords is { } whyNoRecords) yield return RuleFinding.NotJudged(whyNoRecords);
        foreach (var record in evidence.Each(evidence.Latest.Vcpus))
        {
            // If no record of the vCPU is known, or only a frozen slot of the page, then its clock is not known: the guest does not read
            // its clock in a frozen slot. This is not reported for a vCPU on Arm, whose clock Xen does not write, or for one that did not
            // run.
            if (layout.Layout != GuestLayout.Arm
                && record is { Source: null } or { Source: StateSource.SharedPage, IsLive: false }
                && !evidence.DidNotRun(record.Vcpu))
                yield return RuleFinding.NotJudged($"no live record of vCPU {record.Vcpu} is known");
            var version =
                record.Source is not (null or StateSource.SharedPage) ? StaysOddInMemory(evidence, record.Vcpu, layout)
                : record is { Source: StateSource.SharedPage, IsLive: not false } && layout.SlotOffset(record.Vcpu) is { } slot
                    ? StaysOdd(samples, layout.Vcpu.Version with { Offset = slot + layout.Vcpu.Version.Offset })
                : null;
            if (version is not { } odd)
                continue;
            yield return Fault(
                evidence,
                $"the clock of vCPU {record.Vcpu}",
                odd,
                record.Source is not (null or StateSource.SharedPage) ? evidence.Snapshots.Count : samples.Length,
                $"Xen writes it again within a second of the vCPU's run time; if it stays odd, something in the guest keeps it odd: "
                    + $"restart the guest.",
                record.Vcpu);
        }
    }

    // Returns the advice, with two commands. The program refuses to write a clock whose version is odd, so the first one makes it even. The
    // update by Xen that was not completed may have left a wrong time, so the second one copies the clock of the control domain.
    private static AdviceText WallClockAdvice(DomainEvidence evidence, ulong odd)
    {
        var repair = new SetFieldRequest
        {
            DomId = evidence.DomId,
            Field = "wc_version",
            Value = (odd + 1) & uint.MaxValue,
            Force = true,
        };
        return $"{RuleCommands.Poke(repair)} makes the counter even, and then "
            + $"{RuleCommands.CopyHostClock(evidence.DomId, evidence.Latest.Host.Clock)} writes the clock as the control domain has it.";
    }

    private XenFault Fault(DomainEvidence evidence, string clock, ulong version, int samples, AdviceText advice, int? vcpu) =>
        evidence.Fault(
            this,
            evidence.Graded(FaultSeverity.Critical),
            $"The version of {clock} was odd ({version}) {FaultText.InAll(samples, evidence.Span)}, and a reader waits until it is "
                + $"even.{evidence.SingleSampleNote()}",
            advice,
            vcpu: vcpu);

    // Returns the version if it is odd and the same in all samples; otherwise null. Xen makes the version odd at the start of an update and
    // even at its end, and each update changes it. So the same odd version in all samples shows that one update did not end.
    private static ulong? StaysOdd(DomainSample[] samples, LayoutField version) =>
        samples.Length > 0
        && version.Read(samples[0].Page.Span) is var first
        && (first & 1) != 0
        && Array.TrueForAll(samples, sample => version.Read(sample.Page.Span) == first)
            ? first
            : null;

    private static ulong? StaysOddInMemory(DomainEvidence evidence, int vcpu, SharedInfoLayout layout)
    {
        var versions = evidence
            .Snapshots.Select(snapshot => snapshot.RecordAt(vcpu) is { } record ? layout.Vcpu.Version.Read(record.Bytes.Span) : 0)
            .ToArray();
        return (versions[0] & 1) != 0 && versions.All(version => version == versions[0]) ? versions[0] : null;
    }
}
