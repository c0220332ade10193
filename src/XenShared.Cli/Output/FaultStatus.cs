using XenShared.Cli.Execution;
using XenShared.Diagnosis;

namespace XenShared.Cli.Output;

/// <summary>Finds the exit status of what the rules said of domains, one after the other.</summary>
internal sealed class FaultStatus
{
    private bool _isFaultFound;
    private bool _isAnyJudged;

    /// <summary>Gets the status: a fault, no fault, or nothing that could be judged.</summary>
    public int Value => _isFaultFound ? ExitStatus.FaultFound : _isAnyJudged ? ExitStatus.Done : ExitStatus.NothingJudged;

    /// <summary>Takes a domain.</summary>
    public void Add(DomainDiagnosis domain)
    {
        _isFaultFound |= domain.Faults.Count > 0;
        _isAnyJudged |= domain.IsJudged;
    }
}
