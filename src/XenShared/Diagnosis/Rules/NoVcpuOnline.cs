using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a domain that has not ended although no vCPU is online: nothing in the guest can run, and Xen reports the domain as blocked,
/// like an idle one.
/// </summary>
internal sealed class NoVcpuOnline : IFaultRule
{
    public string Name => nameof(NoVcpuOnline);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (WhyNotJudged(evidence) is { } whyNot) yield return RuleFinding.NotJudged(whyNot);
        if (evidence.Snapshots.Any(snapshot => snapshot is { CanRun: not true } or { Guest.Domain.OnlineVcpus: not 0 })) yield break;
        var capture = RuleCommands.Capture(evidence.DomId, includeContexts: true);
        yield return evidence.Fault(
            this, evidence.Graded(FaultSeverity.Critical),
            $"None of its vCPUs was online {FaultText.InAll(evidence.Snapshots.Count, evidence.Span)}, and it has not shut down."
                + evidence.SingleSampleNote(),
            $"Nothing in the guest can bring a vCPU online. Keep evidence with {capture} and xl dump-core, then restart the guest.");
    }

    private static string? WhyNotJudged(DomainEvidence evidence) =>
        evidence.Snapshots.Any(snapshot => snapshot.CanRun is null) ? "its state is not known"
        : evidence.Snapshots.Any(snapshot => snapshot.Guest.Domain.OnlineVcpus > 0) ? null
        : evidence.Snapshots.Any(snapshot => snapshot.CanRun == false) ? "a toolstack keeps a domain paused until its vCPUs are set up"
        : evidence.Snapshots.Any(snapshot => snapshot.Guest.Domain.OnlineVcpus is null) ? "how many of its vCPUs are online is not known"
        : null;
}
