using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis;

/// <summary>Holds the results of the rules for one domain.</summary>
public sealed record DomainDiagnosis
{
    /// <summary>Gets the number of the domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets the name of the domain; null if it is not known.</summary>
    public string? DomainName { get; init; }

    /// <summary>Gets the faults of the requested severities, in the order of <see cref="Rules.FaultRules.Names"/>.</summary>
    public IReadOnlyList<XenFault> Faults { get; init; } = [];

    /// <summary>Gets the result of each rule.</summary>
    public IReadOnlyList<XenRuleResult> Results { get; init; } = [];

    /// <summary>
    /// Gets a value indicating whether at least one rule judged the domain: it found its fault, or no fault. Otherwise an empty list of
    /// faults means nothing.
    /// </summary>
    public bool IsJudged => Results.Any(result => result.Outcome != RuleOutcome.NotJudged);

    /// <summary>
    /// Gets a sentence with the rules that did not judge the domain and their reasons; null if there are none. If a rule only lacks further
    /// samples, states of devices or processor states, it is left out: one warning for all domains names these.
    /// </summary>
    internal string? NotJudged
    {
        get
        {
            var reasons = Results.Where(result => result.Outcome == RuleOutcome.NotJudged
                    && result.Reason is not
                        (DomainEvidence.NeedsSamples or DomainEvidence.NeedsDevices or DomainEvidence.NeedsContexts))
                .GroupBy(result => result.Reason, result => result.Rule)
                .Select(group => $"{string.Join(", ", group)} ({group.Key})")
                .ToArray();
            var name = DomainName is null ? "" : $" ({DomainName})";
            return reasons.Length == 0 ? null : $"Domain {DomId}{name} was not judged by {string.Join("; ", reasons)}.";
        }
    }
}
