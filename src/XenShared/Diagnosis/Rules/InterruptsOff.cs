using XenShared.Diagnosis.Evidence;
using XenShared.Diagnosis.Paths;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a vCPU of an HVM or PVH guest that spins with interrupts off while an event waits: its kernel stays at the same place and uses
/// processor time. <see cref="UpcallMasked"/> judges PV guests.
/// </summary>
internal sealed class InterruptsOff : PathRule
{
    public override string Name => nameof(InterruptsOff);

    protected override EventPathLink Link => EventPathLink.Interrupts;

    /// <summary>Determines whether the reads of the processor states show that a vCPU spins.</summary>
    public static bool IsSpinning(DomainEvidence evidence, int vcpu) =>
        evidence.Latest.Guest.Domain.Type != DomainType.PV
        && evidence.WhyNoContexts is null
        && evidence.Waiting.Any(channel =>
            channel.Vcpu == vcpu
            && CollectPath(evidence, channel) is { } facts
            && facts.Reads.All(read => read.Pending == true)
            && EventPathEvaluator.Evaluate(facts).StopsAt == EventPathLink.Interrupts
            && Spins(evidence, facts));

    protected override bool Covers(DomainType? type) => type != DomainType.PV;

    protected override bool IsFault(DomainEvidence evidence, EventPathFacts facts) => Spins(evidence, facts);

    // On a live host, the many reads of ContextSeries make the fault certain. A file has only a few reads, and a busy kernel can be in the
    // same hypercall in each of them. So the fault of a file is only a warning.
    protected override FaultSeverity GetSeverity(DomainEvidence evidence) =>
        evidence.ContextSeries.Count > 0 ? FaultSeverity.Critical : FaultSeverity.Warning;

    // Determines whether the vCPU runs in a short loop with interrupts off. A vCPU that waits for a lock is no fault: it also has its
    // interrupts off, but it sleeps, and is woken when the lock is free.
    private static bool Spins(DomainEvidence evidence, EventPathFacts facts) =>
        facts.Reads.All(read => read is { Context.InterruptFlag: false, Run.Blocked: false })
        && facts.Reads[^1].Run!.Value.CpuTimeNanoseconds > facts.Reads[0].Run!.Value.CpuTimeNanoseconds
        && evidence.ContextSeries.All(contexts =>
            contexts.FirstOrDefault(context => context.Vcpu == facts.Reads[^1].Context!.Vcpu)
                is { InterruptFlag: false, InstructionPointer: { } pointer }
            && facts.Reads.All(read => EventPathSteps.IsSameLoop(pointer, read.Context!.InstructionPointer!.Value)));
}
