namespace XenShared;

/// <summary>Specifies the outcome of a rule for a domain.</summary>
public enum RuleOutcome
{
    /// <summary>The rule had all its evidence and found no fault.</summary>
    NoFault,

    /// <summary>The rule found a fault.</summary>
    Fault,

    /// <summary>Evidence that the rule needs is not known, so there may be a fault.</summary>
    NotJudged,
}
