using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis;

/// <summary>Holds the answers of the rules about one domain.</summary>
public sealed record DomainDiagnosis
{
    /// <summary>Gets the domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? DomainName { get; init; }

    /// <summary>Gets the faults of the severities that were asked for, the gravest rules first.</summary>
    public IReadOnlyList<XenFault> Faults { get; init; } = [];

    /// <summary>Gets the answer of each rule.</summary>
    public IReadOnlyList<XenRuleResult> Results { get; init; } = [];

    /// <summary>Gets whether at least one rule judged the domain.</summary>
    public bool IsJudged => Results.Any(result => result.Outcome != RuleOutcome.NotJudged);

    /// <summary>Gets what was not judged, as one sentence; null when everything was, or when only a second look is missing.</summary>
    internal string? NotJudged
    {
        get
        {
            var reasons = Results.Where(result => result.Outcome == RuleOutcome.NotJudged && result.Reason != DomainEvidence.NeedsSamples)
                .GroupBy(result => result.Reason, result => result.Rule)
                .Select(group => $"{string.Join(", ", group)} ({group.Key})")
                .ToArray();
            var name = DomainName is null ? "" : $" ({DomainName})";
            return reasons.Length == 0 ? null : $"Domain {DomId}{name} was not judged by {string.Join("; ", reasons)}.";
        }
    }
}
