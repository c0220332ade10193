using XenShared.Guests.Memory;

namespace XenShared.Queries;

/// <summary>Reports only the progress of searches. Warnings and errors were reported at the first read.</summary>
internal sealed class NullObserver(IQueryObserver observer) : IQueryObserver
{
    public void Warn(QueryWarning warning)
    {
        // Reported at the first read.
    }

    public void Fail(XenException exception)
    {
        // A domain that has ended is left out.
    }

    public void Report(ScanProgress progress) => observer.Report(progress);
}
