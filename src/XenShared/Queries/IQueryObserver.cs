using XenShared.Guests.Memory;

namespace XenShared.Queries;

/// <summary>
/// Receives the warnings, errors and progress of a query. After an error of one domain, the query continues with the others.
/// </summary>
public interface IQueryObserver
{
    /// <summary>Receives a warning: something about a domain is not known or was left out.</summary>
    void Warn(QueryWarning warning);

    /// <summary>Receives an error: a domain, or a part of it, could not be read.</summary>
    void Fail(XenException exception);

    /// <summary>Receives the progress of a search through guest memory, a few times per second.</summary>
    void Report(ScanProgress progress)
    {
        // Does nothing by default: an observer that displays no progress need not implement this method.
    }
}
