namespace XenShared;

/// <summary>The answer of one rule about one domain: a fault, no fault, or not judged.</summary>
public sealed record XenRuleResult
{
    /// <summary>Gets the domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? DomainName { get; init; }

    /// <summary>Gets the rule, such as <c>LostWakeup</c>.</summary>
    public required string Rule { get; init; }

    /// <summary>Gets what it says.</summary>
    public required RuleOutcome Outcome { get; init; }

    /// <summary>Gets why the rule did not judge the domain, or not all of it; null when it judged everything.</summary>
    public string? Reason { get; init; }

    /// <summary>Gets the host.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Gets when the last of the looks was taken that the rule judged; null when a file does not tell.</summary>
    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>Returns one line for people, safe to show.</summary>
    public override string ToString()
    {
        var reason = Reason is null ? "" : $", because {DisplayText.Sanitize(Reason)}";
        return $"{DisplayText.Sanitize(Rule)}: {DisplayText.Domain(DomId, DomainName)}: {Outcome}{reason}";
    }
}
