using XenShared.Queries;

namespace XenShared.Native.Tests.Boundary;

/// <summary>Keeps what a query says beside its results.</summary>
internal sealed class RecordingObserver : IQueryObserver
{
    public List<QueryWarning> Warnings { get; } = [];

    public List<XenException> Errors { get; } = [];

    public void Warn(QueryWarning warning) => Warnings.Add(warning);

    public void Fail(XenException exception) => Errors.Add(exception);
}
