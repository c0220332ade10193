using XenShared.Diagnosis.Evidence;
using XenShared.Diagnosis.Paths;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a vector that is requested in the local APIC and is not taken although the interrupts of the vCPU are on: the task priority or a
/// vector that stays in service blocks it. The vCPU sleeps, or stays at the same place.
/// </summary>
internal sealed class VectorNotTaken : PathRule
{
    public override string Name => nameof(VectorNotTaken);

    protected override EventPathLink Link => EventPathLink.Apic;

    // Determines whether the rule is about domains of this type (null if not known): all but PV, because a PV guest has no local APIC.
    protected override bool Covers(DomainType? type) => type != DomainType.PV;

    protected override bool IsFault(DomainEvidence evidence, EventPathFacts facts) =>
        facts.Reads.All(read => read.Context is { InterruptFlag: true, Apic: { IsEnabled: true, IsBlocked: true } });

    protected override bool IsOpen(EventPathFacts facts, XenEventPathStep step) =>
        base.IsOpen(facts, step) && facts.Reads.All(read => read.Context?.Apic is not { IsEnabled: false });
}
