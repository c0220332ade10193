using XenShared.Guests.Memory;
using XenShared.Queries;

namespace XenShared.Reports;

/// <summary>Keeps what queries say beside their results, so that it stands in the report.</summary>
internal sealed class NoteTaker(IQueryObserver observer) : IQueryObserver
{
    private readonly List<ReportNote> _notes = [];

    /// <summary>What was said of a domain, or of the host; each thing once.</summary>
    public IReadOnlyList<ReportNote> Of(ushort? domId) => [.. _notes.Where(note => note.DomId == domId)];

    /// <inheritdoc/>
    public void Warn(QueryWarning warning) => Add(new ReportNote(warning.DomId, warning.Message));

    /// <inheritdoc/>
    public void Fail(XenException exception) => Add(new ReportNote(exception.DomId, exception.Message));

    /// <inheritdoc/>
    public void Report(ScanProgress progress) => observer.Report(progress);

    private void Add(ReportNote note)
    {
        if (!_notes.Contains(note)) _notes.Add(note);
    }
}
