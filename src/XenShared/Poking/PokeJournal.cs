using System.Runtime.ExceptionServices;

namespace XenShared.Poking;

/// <summary>
/// Records the pokes of one request. The intents are in the audit log on the disk before the first write. Each poke that was made is
/// written to the log, passed to the observer, and added to the exception if the sequence fails. If the log or the observer fails after the
/// first write, the sequence continues, because half of a sequence can hang a guest.
/// </summary>
/// <param name="observer">Receives the pokes that were made.</param>
/// <param name="request">The request that the sequence executes. The log contains it with each intent.</param>
/// <param name="logPath">The audit log; null for none.</param>
internal sealed class PokeJournal(IPokeObserver observer, PokeRequest request, string? logPath)
{
    private readonly List<XenPoke> _pokes = [];
    private readonly List<XenPoke> _pending = [];
    private AuditLog? _log;
    private Exception? _logError;
    private ExceptionDispatchInfo? _observerError;
    private bool _isRunning;

    /// <summary>Runs a sequence of pokes. A call during a sequence adds its pokes to that sequence.</summary>
    /// <param name="sequence">Makes the pokes.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeNotLogged"/>: everything was done, but the log could not be written; and
    /// those of the sequence, with the pokes that were made.</exception>
    public void Run(Action sequence)
    {
        if (_isRunning)
        {
            sequence();
            return;
        }
        _isRunning = true;
        try
        {
            sequence();
        }
        catch (Exception error)
        {
            // After a broken connection, damaged data or a cancellation, it is not known which of the pokes that are left were made. So the
            // log gets no outcome for them.
            Close(isOutcomeKnown: error is XenException { Id: not (XenErrorId.HostUnreachable or XenErrorId.FileDamaged) });
            if (error is XenException known) known.Pokes = [.. _pokes];
            if (_logError is not null) Warn(NotLogged().Message);
            Reset();
            throw;
        }
        Close(isOutcomeKnown: true);
        var (failure, undelivered) = (_logError is null ? null : NotLogged(), _observerError);
        Reset();
        if (failure is not null) throw failure;
        undelivered?.Throw();
    }

    /// <summary>Logs the intents before anything is written to the guest.</summary>
    /// <param name="intents">The pokes, with <see cref="PokeOutcome.Intended"/>.</param>
    /// <exception cref="IOException">The log cannot be written, so the guest must not be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the log is denied, so the guest must not be written.</exception>
    public void Begin(params IReadOnlyList<XenPoke> intents)
    {
        if (logPath is not null)
        {
            _log ??= AuditLog.Open(logPath);
            _log.Append(intents, request);
        }
        _pending.AddRange(intents);
    }

    /// <summary>
    /// Logs further intents of a sequence that has begun. If the log fails, the sequence continues, and the error is thrown at its end.
    /// </summary>
    public void Continue(params IReadOnlyList<XenPoke> intents)
    {
        XenPoke[] unknown = [.. intents.Where(intent => _pending.TrueForAll(known => known.Id != intent.Id))];
        AppendToLog(unknown);
        _pending.AddRange(unknown);
    }

    /// <summary>Finds the intent to send an event.</summary>
    public XenPoke? FindEvent(ushort domId, uint port) =>
        _pending.Find(intent => intent.Kind == PokeField.Event && intent.DomId == domId && intent.Port == port);

    /// <summary>Logs a poke that was made, and passes it to the observer.</summary>
    public void Record(XenPoke poke)
    {
        var done = poke with { Outcome = PokeOutcome.Done };
        _pending.RemoveAll(intent => intent.Id == poke.Id);
        _pokes.Add(done);
        AppendToLog([done]);
        NotifyObserver(() => observer.Done(done));
    }

    /// <summary>Passes a warning to the observer.</summary>
    public void Warn(string message) => NotifyObserver(() => observer.Warn(message));

    // Calls the observer. It throws an exception if the pipeline is stopped or the output is closed. The exception is kept and thrown at
    // the end of the sequence of pokes, so that the sequence is completed.
    private void NotifyObserver(Action notify)
    {
        if (_observerError is not null) return;
        try
        {
            notify();
        }
        catch (Exception error) when (_isRunning)
        {
            _observerError = ExceptionDispatchInfo.Capture(error);
        }
    }

    private void AppendToLog(XenPoke[] records)
    {
        if (logPath is null || records.Length == 0) return;
        try
        {
            _log ??= AuditLog.Open(logPath);
            _log.Append(records, request);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _logError ??= error;
        }
    }

    private void Close(bool isOutcomeKnown)
    {
        // Without an open log, no intent was logged, so no outcome is needed.
        if (isOutcomeKnown && _log is not null)
            AppendToLog([
                .. _pending.Select(intent => intent with { Outcome = PokeOutcome.NotDone, PokedAt = TimeProvider.System.GetUtcNow() }),
            ]);
        _log?.Dispose();
        _log = null;
    }

    private void Reset()
    {
        _pending.Clear();
        _pokes.Clear();
        (_logError, _observerError, _isRunning) = (null, null, false);
    }

    private XenException NotLogged() =>
        new(
            XenErrorId.PokeNotLogged,
            $"The audit log is incomplete ({_logError!.Message.TrimEnd('.')})",
            "record the change elsewhere, and make the log writable before you continue",
            _logError)
        {
            DomId = _pokes is [var poke, ..] ? poke.DomId : null,
            Pokes = [.. _pokes],
        };
}
