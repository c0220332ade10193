namespace XenShared.Diagnosis.Rules;

/// <summary>
/// One thing that a rule says of a domain: a fault, or why a part of the domain could not be judged. A rule that says nothing judged
/// everything and found no fault.
/// </summary>
internal readonly record struct RuleFinding
{
    /// <summary>Gets the fault; null when it is none.</summary>
    public XenFault? Fault { get; private init; }

    /// <summary>Gets why a part of the domain was not judged; null of a fault.</summary>
    public string? WhyNotJudged { get; private init; }

    /// <summary>Says that a part of the domain was not judged.</summary>
    public static RuleFinding NotJudged(string reason) => new() { WhyNotJudged = reason.TrimEnd('.') };

    public static implicit operator RuleFinding(XenFault fault) => new() { Fault = fault };
}
