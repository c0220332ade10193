using XenShared.Diagnosis.Evidence;
using XenShared.Diagnosis.Paths;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a vCPU whose local APIC is disabled while an event waits for it, in a PVH guest whose upcalls need the APIC.
/// </summary>
internal sealed class ApicDisabled : PathRule
{
    public override string Name => nameof(ApicDisabled);

    protected override EventPathLink Link => EventPathLink.Apic;

    // Determines whether the rule is about domains of this type (null if not known): all but PV, because a PV guest has no local APIC.
    protected override bool Covers(DomainType? type) => type != DomainType.PV;

    protected override bool IsFault(DomainEvidence evidence, EventPathFacts facts) =>
        facts.Reads.All(read => read.Context is { Apic.IsEnabled: false });

    protected override bool IsOpen(EventPathFacts facts, XenEventPathStep step) =>
        base.IsOpen(facts, step) && facts.Reads.All(read => read.Context?.Apic is not { IsEnabled: true });
}
