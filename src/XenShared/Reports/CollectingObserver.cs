using XenShared.Guests.Memory;
using XenShared.Queries;

namespace XenShared.Reports;

/// <summary>Collects the warnings and errors of queries as notes of the report. Only progress is passed on.</summary>
internal sealed class CollectingObserver(IQueryObserver observer) : IQueryObserver
{
    private readonly HashSet<ReportNote> _known = [];

    // The notes by domain number. A note about the host has no domain number, so its key is -1.
    private readonly Dictionary<int, List<ReportNote>> _notes = [];

    /// <summary>Returns the notes about a domain or about the host, each once.</summary>
    public IReadOnlyList<ReportNote> GetNotes(ushort? domId) => _notes.GetValueOrDefault(domId ?? -1) ?? [];

    /// <inheritdoc/>
    public void Warn(QueryWarning warning) => Add(new ReportNote(warning.DomId, warning.Message));

    /// <inheritdoc/>
    public void Fail(XenException exception) => Add(new ReportNote(exception.DomId, exception.Message));

    /// <inheritdoc/>
    public void Report(ScanProgress progress) => observer.Report(progress);

    private void Add(ReportNote note)
    {
        if (!_known.Add(note)) return;
        if (!_notes.TryGetValue(note.DomId ?? -1, out var notes)) _notes[note.DomId ?? -1] = notes = [];
        notes.Add(note);
    }
}
