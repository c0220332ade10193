using XenShared.Diagnosis.Evidence;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects one kind of fault of a domain. A rule has no state and reads nothing itself: its result depends on the evidence alone.
/// </summary>
internal interface IFaultRule
{
    /// <summary>Gets the name of the rule. Scripts of users compare it, so it must not change.</summary>
    string Name { get; }

    /// <summary>
    /// Gets a value indicating whether the rule also judges a domain that is being destroyed. Other rules judge a domain only while it runs
    /// or is paused.
    /// </summary>
    bool JudgesDying => false;

    /// <summary>
    /// Gets a value indicating whether the rule judges a waiting event by the processor states of vCPUs, for which Xen pauses them.
    /// </summary>
    bool NeedsContexts => false;

    /// <summary>
    /// Evaluates the evidence. Returns no finding if all required evidence is known and there is no fault. If evidence is not known, the
    /// rule returns a finding with the reason why it did not judge.
    /// </summary>
    IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence);
}
