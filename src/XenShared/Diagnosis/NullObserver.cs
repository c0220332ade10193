using XenShared.Guests.Memory;
using XenShared.Queries;

namespace XenShared.Diagnosis;

/// <summary>Shows how far searches are, and says nothing else: it was said before.</summary>
internal sealed class NullObserver(IQueryObserver observer) : IQueryObserver
{
    public void Warn(QueryWarning warning)
    {
        // Said at the first look.
    }

    public void Fail(XenException exception)
    {
        // A domain that has gone is left out.
    }

    public void Report(ScanProgress progress) => observer.Report(progress);
}
