using System.Runtime.ExceptionServices;

namespace XenShared.Poking;

/// <summary>
/// Keeps account of a sequence of pokes. What is intended is on the disk before the first write; what was done goes into the log, to the
/// observer, and onto the error that ends the sequence. Nothing that goes wrong here ends a sequence that has begun: half of one can hang a
/// guest.
/// </summary>
/// <param name="observer">Gets what was done.</param>
/// <param name="logPath">The audit log; null for none.</param>
internal sealed class PokeJournal(IPokeObserver observer, string? logPath)
{
    private readonly List<XenPoke> _pokes = [];
    private readonly List<XenPoke> _pending = [];
    private AuditLog? _log;
    private Exception? _logError;
    private ExceptionDispatchInfo? _observerError;
    private bool _isRunning;

    /// <summary>Runs a sequence. One that runs inside another is a part of it.</summary>
    /// <param name="sequence">Does the pokes.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeNotLogged"/>: all was done, and the log could not be written; and those of
    /// the sequence, with what was done.</exception>
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
            // A connection that broke, or whoever stopped it, leaves it open what was done.
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

    /// <summary>Writes down what is intended, before anything is written to the guest.</summary>
    /// <param name="intents">The pokes, with <see cref="PokeOutcome.Intended"/>.</param>
    /// <exception cref="IOException">The log cannot be written, so nothing may be done.</exception>
    /// <exception cref="UnauthorizedAccessException">The log may not be written, so nothing may be done.</exception>
    public void Begin(params IReadOnlyList<XenPoke> intents)
    {
        if (logPath is not null)
        {
            _log ??= AuditLog.Open(logPath);
            _log.Append(intents);
        }
        _pending.AddRange(intents);
    }

    /// <summary>Returns the same for what is done in a sequence that has begun: it is done whatever becomes of the log.</summary>
    public void Continue(params IReadOnlyList<XenPoke> intents)
    {
        XenPoke[] unknown = [.. intents.Where(intent => _pending.TrueForAll(known => known.Id != intent.Id))];
        AppendToLog(unknown);
        _pending.AddRange(unknown);
    }

    /// <summary>Finds the intent to send an event.</summary>
    public XenPoke? FindEvent(ushort domId, uint port) =>
        _pending.Find(intent => intent.Kind == PokeField.Event && intent.DomId == domId && intent.Port == port);

    /// <summary>Writes down what was done, and tells the observer.</summary>
    public void Record(XenPoke poke)
    {
        var done = poke with { Outcome = PokeOutcome.Done };
        _pending.RemoveAll(intent => intent.Id == poke.Id);
        _pokes.Add(done);
        AppendToLog([done]);
        NotifyObserver(() => observer.Done(done));
    }

    /// <summary>Passes a warning on.</summary>
    public void Warn(string message) => NotifyObserver(() => observer.Warn(message));

    // Whoever cannot be told any more, since the pipeline is stopped or the output closed, gets the exception when all is done.
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
            _log.Append(records);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _logError ??= error;
        }
    }

    private void Close(bool isOutcomeKnown)
    {
        // Where nothing was begun there is no log, and none is made for this.
        if (isOutcomeKnown && _log is not null)
            AppendToLog([.. _pending.Select(intent => intent with { Outcome = PokeOutcome.NotDone, PokedAt = DateTimeOffset.UtcNow })]);
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
            $"The audit log does not have all that was done ({_logError!.Message.TrimEnd('.')})",
            "write it down elsewhere, and make the log writable before you go on",
            _logError)
        {
            DomId = _pokes is [var poke, ..] ? poke.DomId : null,
            Pokes = [.. _pokes],
        };
}
