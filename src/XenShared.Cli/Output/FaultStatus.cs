using XenShared.Cli.Execution;
using XenShared.Diagnosis;

namespace XenShared.Cli.Output;

/// <summary>Determines the exit status from the results of the rules.</summary>
internal sealed class FaultStatus
{
    private bool _isFaultFound;
    private bool _isAnyJudged;

    /// <summary>Gets the exit status: a fault, no fault, or nothing could be judged.</summary>
    public int Value => _isFaultFound ? ExitStatus.FaultFound : _isAnyJudged ? ExitStatus.Done : ExitStatus.NothingJudged;

    /// <summary>Adds the results of a domain.</summary>
    public void Add(DomainDiagnosis domain)
    {
        _isFaultFound |= domain.Faults.Count > 0;
        _isAnyJudged |= domain.IsJudged;
    }
}
