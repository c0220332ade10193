namespace XenShared.Diagnosis;

/// <summary>Something that can be wrong with a domain, and how it is seen. A rule keeps nothing and asks nobody: it is a function of the evidence.</summary>
internal interface IFaultRule
{
    /// <summary>The name that runbooks match.</summary>
    string Name { get; }

    /// <summary>Judges; empty when nothing is wrong, and also when what was seen does not tell.</summary>
    IEnumerable<XenFault> Judge(DomainEvidence evidence);
}
