using XenShared.Diagnosis.Evidence;
using XenShared.Diagnosis.Paths;
using XenShared.Hypervisor;

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
        FindStops(evidence).Any(facts => facts.Channel.Vcpu == vcpu && Spins(evidence, facts, out _) == true);

    /// <summary>Determines whether a vCPU can spin, as far as the known reads of the processor states show it.</summary>
    public static bool CanSpin(DomainEvidence evidence) => FindStops(evidence).Any(facts => Spins(evidence, facts, out _) != false);

    protected override bool Covers(DomainType? type) => type != DomainType.PV;

    protected override bool IsFault(DomainEvidence evidence, EventPathFacts facts) => Spins(evidence, facts, out _) == true;

    protected override string? WhyOpen(DomainEvidence evidence, EventPathFacts facts) =>
        Spins(evidence, facts, out var whyOpen) is null ? whyOpen : null;

    // On a live host, the many reads in ContextSeries make the fault certain. A file contains only a few reads, and a busy kernel can by
    // chance be in the same hypercall in each of them. So the fault of a file is only a warning.
    protected override FaultSeverity GetSeverity(DomainEvidence evidence) =>
        evidence.ContextSeries.Count > 0 ? FaultSeverity.Critical : FaultSeverity.Warning;

    // Returns the paths of the events that are pending in each read and stop because the interrupts of their vCPU are off. Returns none for
    // a PV guest, or if the processor states were not read.
    private static IEnumerable<EventPathFacts> FindStops(DomainEvidence evidence) =>
        evidence.Latest.Guest.Domain.Type == DomainType.PV || evidence.WhyNoContexts is not null
            ? []
            : evidence.Each(evidence.Waiting)
                .Select(channel => CollectPath(evidence, channel))
                .OfType<EventPathFacts>()
                .Where(facts =>
                    facts.Reads.All(read => read.Pending == true)
                    && EventPathEvaluator.Evaluate(facts).StopsAt == EventPathLink.Interrupts);

    // Determines whether the vCPU spins; null if a value that is needed is not known (whyOpen is the reason). It does not spin if one read
    // shows its interrupts on, or its code at another place. It does not spin either if it sleeps with interrupts off: a vCPU that waits
    // for a lock does so, and is woken when the lock is free.
    private static bool? Spins(DomainEvidence evidence, EventPathFacts facts, out string? whyOpen)
    {
        whyOpen = null;
        var vcpu = facts.Channel.Vcpu;
        if (facts.Reads.Any(read => read is not { Context.InterruptFlag: false } or { Run.Blocked: true })) return false;
        if (facts.Reads is [{ Run: { } first }, .., { Run: { } last }] && last.CpuTimeNanoseconds <= first.CpuTimeNanoseconds) return false;
        var series = evidence.ContextSeries
            .Select(contexts => contexts.FirstOrDefault(context => context.Vcpu == vcpu) ?? Missing(vcpu))
            .ToArray();
        if (Array.Exists(series, context => context.InterruptFlag == true || context.InstructionPointer is { } place && !IsSame(place)))
            return false;
        whyOpen = evidence.WhyNoSeries;
        if (facts.Reads.Any(read => read.Run is null)) whyOpen ??= $"the run time of vCPU {vcpu} is not known";
        if (Array.Find(series, context => context is { InterruptFlag: null } or { InstructionPointer: null }) is { } unknown)
            whyOpen ??= unknown.WhyUnknown ?? $"the processor state of vCPU {vcpu} is not known";
        return whyOpen is null ? true : null;

        bool IsSame(ulong place) =>
            facts.Reads.All(read => read.Context!.InstructionPointer is { } pointer && EventPathSteps.IsSameLoop(place, pointer));
    }

    private static VcpuContext Missing(int? vcpu) => new(vcpu ?? 0) { WhyUnknown = $"the processor state of vCPU {vcpu} was not read" };
}
