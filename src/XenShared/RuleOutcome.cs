namespace XenShared;

/// <summary>Specifies the answer of a rule about a domain.</summary>
public enum RuleOutcome
{
    /// <summary>Everything that the rule looks at was known, and nothing was wrong.</summary>
    NoFault,

    /// <summary>The rule found a fault.</summary>
    Fault,

    /// <summary>Something that the rule needs is not known, so that a fault may be there. It is no all-clear.</summary>
    NotJudged,
}
