using XenShared.Guests.Memory;

namespace XenShared.Queries;

/// <summary>Passes on warnings and errors of repeated samples, each once per domain.</summary>
internal sealed class DeduplicatingObserver(IQueryObserver observer) : IQueryObserver
{
    private readonly HashSet<(ushort? DomId, XenErrorId Id, bool IsWarning)> _reported = [];

    /// <summary>
    /// Gets a value indicating whether the first sample is complete. After it, a domain that does not exist has ended or not started yet,
    /// which is not an error.
    /// </summary>
    public bool IsLater { get; set; }

    public void Warn(QueryWarning warning)
    {
        if (_reported.Add((warning.DomId, warning.Id, true))) observer.Warn(warning);
    }

    public void Fail(XenException exception)
    {
        if (IsLater && exception.Id is XenErrorId.DomainNotFound or XenErrorId.DomainVanished) return;
        // Errors without a domain are not repetitions: each can be about another name that no domain has.
        if (exception.DomId is null || _reported.Add((exception.DomId, exception.Id, false))) observer.Fail(exception);
    }

    public void Report(ScanProgress progress) => observer.Report(progress);
}
