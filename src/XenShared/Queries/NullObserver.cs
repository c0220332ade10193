using XenShared.Guests.Memory;

namespace XenShared.Queries;

/// <summary>
/// Passes on only the progress of searches. It is used for reads after the first one, which has reported the warnings and errors, and for
/// earlier samples, whose warnings are not about the present state.
/// </summary>
internal sealed class NullObserver(IQueryObserver observer) : IQueryObserver
{
    public void Warn(QueryWarning warning)
    {
        // Dropped: the first read has reported the same warning, or the warning is about an earlier sample.
    }

    public void Fail(XenException exception)
    {
        // Dropped: usually, the error is that a domain does not exist any more. The result of this read then lacks the domain.
    }

    public void Report(ScanProgress progress) => observer.Report(progress);
}
