using XenShared.Guests.Memory;

namespace XenShared.Queries;

/// <summary>Hears what a query has to say beside its results: what could not be read of one domain, while the others go on.</summary>
public interface IQueryObserver
{
    /// <summary>Something about a domain is not known, or was left out.</summary>
    void Warn(QueryWarning warning);

    /// <summary>Returns one domain, or one part of it, could not be read.</summary>
    void Fail(XenException exception);

    /// <summary>Returns a search through a guest's memory goes on; told a few times a second.</summary>
    void Report(ScanProgress progress)
    {
        // Only who has a place to show it needs it.
    }
}
