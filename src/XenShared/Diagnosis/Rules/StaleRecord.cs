using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects a vCPU whose slot is frozen although another vCPU of the domain has a live slot, and whose record was found nowhere else. A
/// kernel registers records outside the page for all vCPUs or for none, so normally all slots are frozen or none.
/// </summary>
internal sealed class StaleRecord : IFaultRule
{
    public string Name => nameof(StaleRecord);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (evidence.WhyNoRecords is { } whyNot) yield return RuleFinding.NotJudged(whyNot);
        foreach (var latest in evidence.Each(evidence.Latest.Vcpus))
        {
            var vcpu = latest.Vcpu;
            if (IsOpen(evidence, latest))
                yield return RuleFinding.NotJudged($"whether the record of vCPU {vcpu} is live is not known ({latest.LiveEvidence})");
            if (!evidence.Snapshots.All(snapshot => IsStale(snapshot, vcpu)))
                continue;
            yield return evidence.Fault(
                this, evidence.Graded(FaultSeverity.Warning),
                $"The slot of vCPU {vcpu} ({latest.Location}) is frozen: {latest.LiveEvidence}; but other vCPUs of the domain have live "
                    + $"slots in the page, and no other record of this one was found.{evidence.SingleSampleNote()}",
                $"{RuleCommands.SearchVcpus(evidence.DomId)} searches once more; if nothing is found, this vCPU's time does not advance: "
                    + $"take it offline in the guest, or restart the guest.",
                vcpu: vcpu);
        }
    }

    private static bool IsStale(DomainSnapshot snapshot, int vcpu) =>
        snapshot.VcpuAt(vcpu) is { IsLive: false, Source: StateSource.SharedPage } && snapshot.HasLiveSlot;

    // Determines whether to report that it is not known whether the slot is live. This is not reported if the domain has only one vCPU,
    // because its slot cannot be compared with another. It is also not reported on Arm and for a vCPU that did not run, because Xen does
    // not update the clocks there.
    private static bool IsOpen(DomainEvidence evidence, XenVcpuInfo record) =>
        record is { IsLive: null, Source: StateSource.SharedPage }
        && evidence.Latest.Vcpus.Count > 1
        && evidence.Layout?.Layout != GuestLayout.Arm
        && !evidence.DidNotRun(record.Vcpu);
}
