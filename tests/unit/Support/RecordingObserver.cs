using XenShared.Queries;

namespace XenShared.Tests.Support;

/// <summary>Records the warnings and errors of a query.</summary>
internal sealed class RecordingObserver : IQueryObserver
{
    public List<QueryWarning> Warnings { get; } = [];

    public List<XenException> Errors { get; } = [];

    public IEnumerable<XenErrorId> ErrorIds => Errors.Select(error => error.Id);

    public void Warn(QueryWarning warning) => Warnings.Add(warning);

    public void Fail(XenException exception) => Errors.Add(exception);
}
