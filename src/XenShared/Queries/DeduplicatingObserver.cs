using XenShared.Guests.Memory;

namespace XenShared.Queries;

/// <summary>Passes on each warning and error of a domain only once, although each of the repeated samples reports it.</summary>
internal sealed class DeduplicatingObserver(IQueryObserver observer) : IQueryObserver
{
    private readonly HashSet<(ushort? DomId, XenErrorId Id, bool IsWarning)> _reported = [];

    /// <summary>
    /// Gets or sets a value indicating whether the first sample is complete. In later samples, a missing domain is not an error: it has
    /// ended, or it has not started yet.
    /// </summary>
    public bool IsLater { get; set; }

    public void Warn(QueryWarning warning)
    {
        if (_reported.Add((warning.DomId, warning.Id, true))) observer.Warn(warning);
    }

    public void Fail(XenException exception)
    {
        if (IsLater && exception.Id is XenErrorId.DomainNotFound or XenErrorId.DomainVanished) return;
        // If an error has no domain number, its id does not show what it is about: two such errors can be about two names. So all of them
        // are passed on.
        if (exception.DomId is null || _reported.Add((exception.DomId, exception.Id, false))) observer.Fail(exception);
    }

    public void Report(ScanProgress progress) => observer.Report(progress);
}
