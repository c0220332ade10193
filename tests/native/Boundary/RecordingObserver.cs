using XenShared.Queries;

namespace XenShared.Native.Tests.Boundary;

/// <summary>Records the warnings and errors of a query.</summary>
internal sealed class RecordingObserver : IQueryObserver
{
    public List<QueryWarning> Warnings { get; } = [];

    public List<XenException> Errors { get; } = [];

    public void Warn(QueryWarning warning) => Warnings.Add(warning);

    public void Fail(XenException exception) => Errors.Add(exception);
}
