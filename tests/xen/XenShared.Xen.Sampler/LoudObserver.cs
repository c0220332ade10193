using XenShared.Queries;

namespace XenShared.Xen.Sampler;

/// <summary>Writes everything to standard error.</summary>
internal sealed class LoudObserver : IQueryObserver
{
    public void Warn(QueryWarning warning) => Console.Error.WriteLine(warning.Message);

    public void Fail(XenException exception) => Console.Error.WriteLine(exception.Message);
}
