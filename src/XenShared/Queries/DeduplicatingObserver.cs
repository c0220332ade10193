using XenShared.Guests.Memory;

namespace XenShared.Queries;

/// <summary>Passes on what looks have to say, each thing of a domain once, however often it is looked at.</summary>
internal sealed class DeduplicatingObserver(IQueryObserver observer) : IQueryObserver
{
    private readonly HashSet<(ushort? DomId, XenErrorId Id, bool IsWarning)> _said = [];

    /// <summary>
    /// Gets a value indicating whether the first look is over. Domains that are not there from then on have gone, or come later, and that
    /// is no error.
    /// </summary>
    public bool IsLater { get; set; }

    public void Warn(QueryWarning warning)
    {
        if (_said.Add((warning.DomId, warning.Id, true))) observer.Warn(warning);
    }

    public void Fail(XenException exception)
    {
        if (IsLater && exception.Id is XenErrorId.DomainNotFound or XenErrorId.DomainVanished) return;
        // Of the domains that a name does not match there may be several.
        if (exception.DomId is null || _said.Add((exception.DomId, exception.Id, false))) observer.Fail(exception);
    }

    public void Report(ScanProgress progress) => observer.Report(progress);
}
