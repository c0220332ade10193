namespace XenShared.Diagnosis.Rules;

/// <summary>Events wait in a word of the two-level bitmap that the vCPU's selector does not name. The vCPU looks only at words that it names, so these wait until another event of the word comes.</summary>
internal sealed class SelectorSilent : IFaultRule
{
    public string Name => nameof(SelectorSilent);

    public IEnumerable<XenFault> Judge(DomainEvidence evidence)
    {
        if (!evidence.TakesInterrupts || !evidence.IsTwoLevel) yield break;
        var wordBits = (uint)evidence.Layout!.WordBytes * 8;
        foreach (var vcpu in evidence.Latest.Vcpus.Select(record => record.Vcpu))
        {
            var records = evidence.Observe(vcpu);
            if (records.Count == 0) continue;
            var silent = evidence.Channels
                .Where(channel => channel.Vcpu == vcpu && channel.State is not null && records.All(one => (one.Selector >> (int)(channel.Port / wordBits) & 1) == 0))
                .Where(channel => evidence.Observe(channel.Port) is [_, _, ..] seen && seen.All(one => one is { Pending: true, Masked: false }))
                .ToArray();
            if (silent.Length == 0) continue;
            var words = string.Join(", ", silent.Select(channel => channel.Port / wordBits).Distinct());
            yield return evidence.Fault(
                this, evidence.Graded(FaultSeverity.Warning),
                $"vCPU {vcpu}'s selector (0x{records[^1].Selector:x}) did not name word {words} {FaultText.InAll(records.Count, evidence.Span)}, where {FaultText.Ports([.. silent.Select(channel => channel.Port)])} waited unmasked.{evidence.Doubt()}",
                evidence.Repair(silent[0], unmask: false), vcpu: vcpu);
        }
    }
}
