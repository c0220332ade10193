using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Something that can be wrong with a domain, and how it is seen. A rule keeps nothing and asks nobody: it is a function of the evidence.
/// </summary>
internal interface IFaultRule
{
    /// <summary>Gets the name that runbooks match.</summary>
    string Name { get; }

    /// <summary>
    /// Judges. Empty when everything that the rule looks at is known and nothing is wrong. What is not known is never a fault and never an
    /// all-clear: the rule says why it did not judge it.
    /// </summary>
    IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence);
}
