namespace XenShared;

/// <summary>Represents the result of a rule for a domain: a fault, no fault, or not judged.</summary>
public sealed record XenRuleResult
{
    /// <summary>Gets the number of the domain.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets the name of the domain; null if it is not known.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets the name of the rule, such as <c>LostWakeup</c>.</summary>
    public string Rule { get; internal init; } = null!;

    /// <summary>Gets the outcome.</summary>
    public RuleOutcome Outcome { get; internal init; }

    /// <summary>Gets the reason why the rule did not judge the domain or a part of it; null if it judged everything.</summary>
    public string? Reason { get; internal init; }

    /// <summary>Gets the name of the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Gets the time of the last sample that the rule judged; null if the file does not contain it.</summary>
    public DateTimeOffset? TakenAt { get; internal init; }

    /// <summary>Returns a one-line description, safe to display.</summary>
    public override string ToString()
    {
        var reason = Reason is null ? "" : $", because {DisplayText.Sanitize(Reason)}";
        return $"{DisplayText.Sanitize(Rule)}: {DisplayText.Domain(DomId, DomainName)}: {Outcome}{reason}";
    }
}
