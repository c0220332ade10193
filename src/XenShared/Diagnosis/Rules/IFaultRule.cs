using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>Detects one kind of fault of a domain. A rule has no state and reads nothing: it is a function of the evidence.</summary>
internal interface IFaultRule
{
    /// <summary>Gets the name, which scripts match.</summary>
    string Name { get; }

    /// <summary>
    /// Gets a value indicating whether the rule judges a domain that is being destroyed. The other rules judge only a guest that can run.
    /// </summary>
    bool JudgesDying => false;

    /// <summary>
    /// Evaluates the evidence. Returns nothing if all evidence is known and there is no fault. Unknown evidence is neither a fault nor "no
    /// fault": the rule returns the reason why it did not judge.
    /// </summary>
    IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence);
}
