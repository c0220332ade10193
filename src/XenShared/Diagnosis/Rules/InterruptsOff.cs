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
        && CollectPaths(evidence).Any(facts =>
            facts.Channel.Vcpu == vcpu
            && EventPathEvaluator.Evaluate(facts).StopsAt == EventPathLink.Interrupts
            && !IsBlocked(facts));

    protected override bool Covers(DomainType? type) => type != DomainType.PV;

    // A vCPU that waits for a lock sleeps with interrupts off, and is woken when the lock is free. So a vCPU that sleeps is no fault.
    protected override bool IsFault(DomainEvidence evidence, EventPathFacts facts) => !IsBlocked(facts);

    protected override bool IsOpen(EventPathFacts facts, XenEventPathStep step) => base.IsOpen(facts, step) && !IsBlocked(facts);

    private static bool IsBlocked(EventPathFacts facts) => facts.Reads.Any(read => read.Run is { Blocked: true });
}
