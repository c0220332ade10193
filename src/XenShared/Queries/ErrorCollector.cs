using XenShared.Guests.Memory;

namespace XenShared.Queries;

/// <summary>
/// Keeps the first error of each domain, for reads whose errors are reasons in a result. Passes on the progress of searches, and no
/// warnings.
/// </summary>
internal sealed class ErrorCollector(IQueryObserver observer) : IQueryObserver
{
    private readonly Dictionary<ushort, string> _messages = [];

    /// <summary>Returns the message of the first error of a domain; null if there was none.</summary>
    public string? FindMessage(ushort domId) => _messages.GetValueOrDefault(domId);

    public void Warn(QueryWarning warning)
    {
        // Warnings are dropped, because an earlier read has reported the same ones.
    }

    public void Fail(XenException exception)
    {
        if (exception.DomId is { } domId) _messages.TryAdd(domId, exception.Message);
    }

    public void Report(ScanProgress progress) => observer.Report(progress);
}
