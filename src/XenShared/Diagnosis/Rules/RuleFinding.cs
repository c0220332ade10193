namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Represents a finding of a rule: a fault, or the reason why the rule could not judge a part of the domain. If a rule has no findings, it
/// judged everything and found no fault.
/// </summary>
internal readonly record struct RuleFinding
{
    /// <summary>Gets the fault; null if a part was not judged.</summary>
    public XenFault? Fault { get; private init; }

    /// <summary>Gets the reason why a part of the domain was not judged; null for a fault.</summary>
    public string? WhyNotJudged { get; private init; }

    /// <summary>Creates the finding that a part of the domain was not judged.</summary>
    public static RuleFinding NotJudged(string reason) => new() { WhyNotJudged = reason.TrimEnd('.') };

    public static implicit operator RuleFinding(XenFault fault) => new() { Fault = fault };
}
