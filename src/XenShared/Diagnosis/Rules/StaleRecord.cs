namespace XenShared.Diagnosis.Rules;

/// <summary>
/// A vCPU's slot in the page is frozen although its kernel keeps records in the page: another vCPU's slot is live, and no other place was found for this one. Kernels that register a place do so
/// for every vCPU; where all slots are frozen they did.
/// </summary>
internal sealed class StaleRecord : IFaultRule
{
    public string Name => nameof(StaleRecord);

    public IEnumerable<XenFault> Judge(DomainEvidence evidence)
    {
        foreach (var vcpu in evidence.Latest.Vcpus.Select(record => record.Vcpu))
        {
            if (!evidence.Looks.All(look => IsStale(look, vcpu))) continue;
            var latest = evidence.Latest.Vcpus.First(record => record.Vcpu == vcpu);
            yield return evidence.Fault(
                this, evidence.Graded(FaultSeverity.Warning),
                $"The slot of vCPU {vcpu} ({latest.Location}) is frozen: {latest.LiveEvidence}; but other vCPUs of the domain have live slots in the page, and no other record of this one was found.{evidence.Doubt()}",
                $"Get-XenVcpuInfo -DomId {FaultText.Plain(evidence.DomId)} -Source GuestMemory searches once more; if nothing is found, this vCPU's time stands still: take it offline in the guest, or restart the guest.", vcpu: vcpu);
        }
    }

    private static bool IsStale(DomainLook look, int vcpu) =>
        look.Vcpus.Any(record => record.Vcpu == vcpu && record is { IsLive: false, Source: StateSource.SharedPage })
        && look.Vcpus.Any(record => record is { IsLive: true, Source: StateSource.SharedPage });
}
