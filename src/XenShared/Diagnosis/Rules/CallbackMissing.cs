using XenShared.Diagnosis.Evidence;
using XenShared.Diagnosis.Paths;
using XenShared.Hypervisor;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a kernel that has bound virtual interrupts or IPIs, but has no callback, so that Xen cannot deliver the event that waits.
/// </summary>
internal sealed class CallbackMissing : PathRule
{
    public override string Name => nameof(CallbackMissing);

    protected override EventPathLink Link => EventPathLink.Callback;

    // Determines whether the missing callback is a fault. A kernel that starts or is replaced has no callback for a short time. So the
    // callback must be missing in every read, and AreEnough requires reads over a longer time.
    protected override bool IsFault(DomainEvidence evidence, EventPathFacts facts) =>
        EventPathText.AreEnough(facts.Reads) && facts.Reads.All(read => IsMissing(read.Context));

    private static bool IsMissing(VcpuContext? context) =>
        context is { EventCallback: 0 } or { CallbackIrq: 0, Apic.IsEnabled: false };
}
