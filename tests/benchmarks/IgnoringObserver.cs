using XenShared.Queries;

namespace XenShared.Benchmarks;

/// <summary>Ignores the warnings and errors of a query.</summary>
internal sealed class IgnoringObserver : IQueryObserver
{
    public void Warn(QueryWarning warning)
    {
        // The results are not shown, so no one needs its warnings.
    }

    public void Fail(XenException exception)
    {
        // As a warning. A benchmark that gives no objects fails by itself.
    }
}
