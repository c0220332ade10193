using XenShared.Diagnosis.Evidence;
using XenShared.Hypervisor;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a vCPU that sleeps or runs, but does not react to a pending upcall. While the bit is set, Xen does not notify the vCPU again, so
/// the vCPU misses all later events, including its timer. It is no fault if the vCPU waits for a processor, or if its interrupts are off.
/// For guests that are not PV, only the processor states show whether they are off. Without these, a fault says that this is not known.
/// </summary>
internal sealed class UpcallStuck : IFaultRule
{
    private const int MinimumSamples = 3;

    public string Name => nameof(UpcallStuck);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        var whyNot = evidence.WhyNoEvents ?? (evidence.TakesInterrupts ? evidence.WhyNoRecords : null);
        if (whyNot is not null) yield return RuleFinding.NotJudged(whyNot);
        if (whyNot is not null || !evidence.TakesInterrupts) yield break;
        foreach (var vcpu in evidence.Each(evidence.Latest.Vcpus).Select(record => record.Vcpu))
        {
            var observations = evidence.Observe(vcpu);
            if (evidence.WhyNoRecord(vcpu) is { } whyNoRecord)
                yield return RuleFinding.NotJudged(whyNoRecord);
            if (observations.Count == 0 || observations.Any(observation => !observation.UpcallPending || MayHoldOff(evidence, observation)))
                continue;
            var isAsleep = evidence.IsAsleep(vcpu);
            if (!isAsleep && observations.Count < MinimumSamples) yield return RuleFinding.NotJudged(DomainEvidence.NeedsSamples);
            if (!isAsleep && (observations.Count < MinimumSamples || !evidence.IsRunning(vcpu))) continue;
            if (!isAsleep && InterruptsOff.IsSpinning(evidence, vcpu)) continue;
            var flags = isAsleep ? [] : ReadFlags(evidence, vcpu);
            if (flags.Count(context => context.InterruptFlag == false) is > 0 and var off)
            {
                yield return RuleFinding.NotJudged(
                    $"the interrupts of vCPU {vcpu} were off in {off} of {flags.Length} reads of its processor state, and it was not shown "
                        + "to spin: a busy kernel looks the same");
                continue;
            }
            yield return evidence.Fault(
                this, evidence.Graded(FaultSeverity.Critical),
                $"vCPU {vcpu} had upcall_pending set {FaultText.InAll(observations.Count, evidence.Span)} and "
                    + (
                        isAsleep
                            ? "was asleep (blocked, no run time): no later event wakes it while this bit is set."
                        : evidence.Latest.Guest.Domain.Type == DomainType.PV
                            ? "was on a processor each time, with its interrupts on."
                            : $"was on a processor each time; {Describe(flags)}.")
                    + evidence.SingleSampleNote(),
                isAsleep ? Advice(evidence, vcpu) : AdviceForRunning(evidence, vcpu, flags),
                vcpu: vcpu);
        }
    }

    // Determines whether it is normal that the vCPU does not handle the upcall: a PV vCPU handles none while its evtchn_upcall_mask is set.
    // Other guests do not use this mask.
    private static bool MayHoldOff(DomainEvidence evidence, VcpuObservation observation) =>
        evidence.Latest.Guest.Domain.Type == DomainType.PV && observation.UpcallMask == true;

    // Returns the processor state of the vCPU in each read. It contains the interrupt flag, which the vcpu_info of an HVM or PVH guest does
    // not contain. Returns none for a PV guest, or if the processor states were not read.
    private static VcpuContext[] ReadFlags(DomainEvidence evidence, int vcpu) =>
        evidence.Latest.Guest.Domain.Type == DomainType.PV || evidence.WhyNoContexts is not null
            ? []
            :
            [
                .. evidence.ContextReads.Select(read =>
                    read.Guest.Contexts.FirstOrDefault(context => context.Vcpu == vcpu) ?? new VcpuContext(vcpu)),
            ];

    private static bool AreOn(VcpuContext[] flags) =>
        flags.Length > 0 && Array.TrueForAll(flags, context => context.InterruptFlag == true);

    private static string Describe(VcpuContext[] flags)
    {
        if (flags.Length == 0) return "its interrupt flag was not read";
        if (AreOn(flags)) return $"its interrupts were on in {flags.Length} of {flags.Length} reads of its processor state";
        var unknown = Array.Find(flags, context => context.InterruptFlag is null)!;
        return $"its interrupt flag is not known ({unknown.WhyUnknown ?? "the processor state of the vCPU could not be read"})";
    }

    private static AdviceText AdviceForRunning(DomainEvidence evidence, int vcpu, VcpuContext[] flags)
    {
        var waiting = evidence.ChannelsOf(vcpu).FirstOrDefault(channel => channel is { Pending: true, Masked: false });
        if (evidence.Latest.Guest.Domain.Type == DomainType.PV || waiting is null || AreOn(flags)) return Advice(evidence, vcpu);
        var capture = RuleCommands.Capture(evidence.DomId, includeContexts: true);
        return $"{RuleCommands.TestChannel(evidence.DomId, waiting.Port)} shows whether its kernel hangs with interrupts off. No write "
            + $"repairs such a hang: keep evidence with {capture} and xl dump-core, then restart the guest.";
    }

    private static AdviceText Advice(DomainEvidence evidence, int vcpu)
    {
        var notifier = evidence.ChannelsOf(vcpu).Where(channel => channel is { State: ChannelState.Interdomain, RemoteDomId: 0 })
            .OrderBy(channel => channel.Masked == true).FirstOrDefault();
        if (evidence.IsTwoLevel && notifier is not null) return evidence.Repair(notifier, unmask: notifier.Masked == true);
        return $"Only an interrupt from outside wakes it: xl trigger {evidence.DomId} nmi {vcpu}, or restart the guest.";
    }
}
