using System.Runtime.ExceptionServices;
using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>
/// Executes the writes of a request: reads the guest, checks, requests confirmation, maps the frame, reads and checks again, writes, unmaps
/// the frame, and records what was written.
/// </summary>
internal sealed class PokeExecutor
{
    private readonly IGuestWriter _writer;
    private readonly IPokeObserver _observer;
    private readonly PokeRequest _request;
    private readonly PokeOptions _options;
    private readonly PokeJournal _journal;
    private readonly PokeIntents _intents;
    private readonly StepRestorer _restorer;
    private readonly EventDelivery _delivery;

    public PokeExecutor(IXenDataSource target, IPokeObserver observer, PokeRequest request, PokeOptions options)
        : this(target, observer, request, options, new PokeJournal(observer, request, options.LogPath))
    {
    }

    private PokeExecutor(IXenDataSource target, IPokeObserver observer, PokeRequest request, PokeOptions options, PokeJournal journal)
    {
        Target = target;
        _observer = observer;
        _request = request;
        _options = options;
        _journal = journal;
        _writer = target.Writer
            ?? throw new XenException(
                XenErrorId.NotSupportedByHost,
                $"{target.DisplayName} cannot be written",
                "connect to a live host, or to a simulated one");
        _intents = new PokeIntents(target);
        _restorer = new StepRestorer(_writer, journal, _intents);
        _delivery = new EventDelivery(target, _writer, journal);
    }

    public IXenDataSource Target { get; }

    public IGuestWriter Writer => _writer;

    /// <summary>Creates an executor for the same sequence of pokes that does not check some guards.</summary>
    public PokeExecutor WithoutGuards(params IEnumerable<PokeGuard> guards) =>
        new(Target, _observer, _request, _options with { DisabledGuards = _options.DisabledGuards.Union(guards).ToHashSet() }, _journal);

    /// <summary>
    /// Runs several pokes as one sequence. If the sequence fails, the exception contains the pokes that were made. If only the audit log
    /// fails after the first write, the sequence continues, and the error is thrown at its end.
    /// </summary>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeNotLogged"/>, and those of the pokes.</exception>
    public void RunSequence(Action pokes) => _journal.Run(pokes);

    /// <summary>Reads the state of a guest that the checks of a poke need.</summary>
    /// <param name="domId">The guest.</param>
    /// <param name="watch">Whether to sample the page until it is known which <c>vcpu_info</c> slots are live.</param>
    /// <param name="cancellation">Cancels reading.</param>
    public PokeContext ReadContext(ushort domId, bool watch, CancellationToken cancellation) =>
        PokeContext.Create(Target, domId, watch ? _options.SampleTime : TimeSpan.Zero, _options.Locator, cancellation);

    /// <summary>Checks the steps, requests confirmation, and executes them in their order.</summary>
    /// <param name="situation">The state of the guest.</param>
    /// <param name="steps">The steps.</param>
    /// <param name="undone">The poke that they undo; null for none.</param>
    /// <param name="followedBy">The event to send after them with the same confirmation; null for none. If it cannot be sent, the steps are
    /// undone.</param>
    /// <returns>True if they were executed; false without confirmation.</returns>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>, <see cref="XenErrorId.PokeLostRace"/>, and those of the
    /// target.</exception>
    public bool Execute(
        PokeContext situation,
        IReadOnlyList<PokeStep> steps,
        XenPoke? undone = null,
        (uint Port, uint LocalPort)? followedBy = null)
    {
        var isAgreed = false;
        _journal.Run(() => isAgreed = TryDo(situation, steps, undone, followedBy));
        return isAgreed;
    }

    private bool TryDo(PokeContext situation, IReadOnlyList<PokeStep> steps, XenPoke? undone, (uint Port, uint LocalPort)? followedBy)
    {
        var forced = Validate(situation, steps, undone is not null);
        XenPoke[] intents = [.. steps.Select(step => _intents.ForStep(situation, step, forced, undone))];
        var proposal = _intents.Propose(situation, steps, intents, followedBy);
        if (!_observer.Confirm(proposal)) return false;
        _journal.Begin(proposal.Intents);
        var written = new Stack<PokeStep>();
        if (followedBy is { } channel)
        {
            WriteAndSend(situation, steps, intents, written, channel.Port, channel.LocalPort);
            return true;
        }
        ExceptionDispatchInfo? first = null;
        try
        {
            WriteAll(situation, steps, intents, undone, written);
        }
        catch (Exception error)
        {
            // The steps before the failed one were written. While they were written, the guest can have lost an event. So lost events are
            // searched for below before this error is thrown.
            first = ExceptionDispatchInfo.Capture(error);
        }
        // With force, the user wants exactly these bits, so no other bit is written to recover lost events.
        if (situation.Abi == EventAbi.TwoLevel && !_request.Force && !IsDisabled(PokeGuard.Delivery))
        {
            foreach (var step in written)
            {
                if (LostEventRecovery.FindAffectedVcpu(situation, step) is not { } vcpu
                    || ReportLostEvents(situation, step, vcpu) is not { } late)
                    continue;
                late = late.WithOutcome(TakeBackUnsent(situation, vcpu, written));
                // Only one error can be thrown. If a step failed earlier, its error is the cause and is thrown; the later one becomes a
                // warning.
                if (first is null) first = ExceptionDispatchInfo.Capture(late);
                else Warn(late.Problem);
                break;
            }
        }
        first?.Throw();
        return true;
    }

    // Writes the steps, and then sends the event that notifies the vCPU. If the event cannot be sent, undoes the steps. Otherwise a port
    // could be left unmasked with a pending event of which no vCPU was notified.
    private void WriteAndSend(
        PokeContext situation,
        IReadOnlyList<PokeStep> steps,
        XenPoke[] intents,
        Stack<PokeStep> written,
        uint port,
        uint localPort)
    {
        try
        {
            WriteAll(situation, steps, intents, undone: null, written);
            _delivery.SendOrRetry(situation, port, localPort, _journal.FindEvent(situation.DomId, port)!);
        }
        catch (Exception error) when (written.Count > 0)
        {
            var outcome = TakeBackUnsent(situation, situation.Port(port)?.Vcpu, written);
            if (error is XenException known) throw known.WithOutcome(outcome);
            throw;
        }
    }

    // Undoes the steps that were written, because the event after them could not be sent. Returns a clause for the end of the error message
    // that states what was undone.
    private string TakeBackUnsent(PokeContext situation, int? vcpu, Stack<PokeStep> written)
    {
        string outcome;
        try
        {
            outcome = _restorer.RestoreAll(situation, written, "the event could not be sent")
                ? "the event was not sent, so everything that was written before it was taken back"
                : "the event was not sent, so what was written before it was taken back, except bits that have changed since or would keep "
                    + "the vCPU asleep";
        }
        catch (XenException error)
        {
            outcome =
                $"the event was not sent, and not everything that was written before it could be taken back "
                    + $"({error.Problem.TrimEnd('.')}), so repair the port";
        }
        return situation.Abi != EventAbi.TwoLevel || vcpu is not { } number || TryNotifyOfMissed(situation, number) ? outcome
            : $"{outcome}; vCPU {PokeSteps.Number((uint)number)} has not been notified of every event, so repair the port";
    }

    private bool TryNotifyOfMissed(PokeContext situation, int vcpu)
    {
        try
        {
            return LostEventRecovery.FindLostEvents(situation, vcpu) is var missed
                && (missed == 0 || Renotify(situation.Refresh(), vcpu, missed, "an event came at the same moment"));
        }
        catch (XenException)
        {
            return false;
        }
    }

    // Searches for events that were lost during the write, and notifies the vCPU of them. Returns the error if the search or the
    // notification failed; otherwise null. If no channel can notify the vCPU, Renotify issues a warning, which is not an error.
    private XenException? ReportLostEvents(PokeContext situation, PokeStep step, int vcpu)
    {
        try
        {
            if (LostEventRecovery.FindLostEvents(situation, vcpu, step.Kind == PokeField.Mask ? step.Port : null) is > 0 and var missed)
                Renotify(situation.Refresh(), vcpu, missed, "an event came at the same moment");
            return null;
        }
        catch (XenException error)
        {
            return error;
        }
    }

    private void WriteAll(PokeContext situation, IReadOnlyList<PokeStep> steps, XenPoke[] intents, XenPoke? undone, Stack<PokeStep> written)
    {
        try
        {
            // Successive steps in the same frame are written with one mapping.
            for (var first = 0; first < steps.Count;)
            {
                var count = steps.Skip(first).TakeWhile(step => step.Frame == steps[first].Frame).Count();
                var (from, to) = (first, first + count);
                _writer.WriteFrame(situation.DomId, steps[first].Frame, page =>
                    Write(page, situation, steps, intents, from, to, undone, written));
                first = to;
            }
        }
        catch (VcpuBlockedException slept)
        {
            if (!Renotify(situation.Refresh(), slept.Step.Vcpu!.Value, 0, "the vCPU went to sleep at the same time"))
                throw TakeBack(situation, slept.Step, written);
        }
    }

    // Makes Xen notify a vCPU: clears the bits that would stop an event, sets the selector bits in the parameter words, and sends an event
    // on a port of the vCPU. The user is not asked to confirm this, because it only replaces an event or a wake-up that the confirmed poke
    // lost. Returns false if no port can notify the vCPU.
    private bool Renotify(PokeContext now, int vcpu, ulong words, string why)
    {
        if (NotificationChannel.ForVcpu(now, vcpu) is not { } notifyPort)
        {
            if (words != 0)
                Warn(
                    $"vCPU {vcpu} of domain {now.DomId} was not notified of an event that arrived at the same time, and no channel of the "
                        + $"control domain can notify it; let another domain send an event to it, or restart it.");
            return false;
        }
        var end = EventSend.LocalEnd(now, notifyPort);
        var layout = PokeSteps.Layout(now);
        var others = words & ~PokeSteps.WordOf(layout, notifyPort);
        var steps = LostEventRecovery.GetResetSteps(now, vcpu, notifyPort);
        if (others != 0)
            steps.Add(
                PokeSteps.RecordStep(now, PokeField.PendingSelector, vcpu, layout.Vcpu.PendingSelector, others, others) with
                {
                    IsPrecaution = true,
                });
        XenPoke[] intents = [.. steps.Select(step => _intents.ForStep(now, step, [], null) with { Note = why })];
        var sent = _intents.ForEvent(now, notifyPort) with { Note = $"notified again, because {why}", Outcome = PokeOutcome.Intended };
        _journal.Continue([.. intents, sent]);
        var written = new Stack<PokeStep>();
        try
        {
            for (var index = 0; index < steps.Count; index++)
            {
                var (step, intent) = (steps[index], intents[index]);
                _writer.WriteFrame(now.DomId, step.Frame, page =>
                {
                    var found = step.Apply(page, _ => { }, now.DomId);
                    if (found == step.Value) return;
                    _journal.Record(PokeIntents.Made(intent, step, found));
                    written.Push(step with { Before = found });
                });
            }
            _delivery.SendOrRetry(now, notifyPort, end, sent);
        }
        catch (Exception) when (written.Count > 0)
        {
            _restorer.RestoreAll(now, written, "the event could not be sent");
            throw;
        }
        return true;
    }

    /// <summary>
    /// Sends a real event after confirmation; returns false if it was not confirmed. <paramref name="recheck"/> runs immediately before the
    /// event is sent, and throws if the channel has changed.
    /// </summary>
    public bool Send(PokeContext situation, uint port, uint localPort, string? note, Action recheck, bool isConfirmed = false)
    {
        var isSent = false;
        _journal.Run(() => isSent = TrySend(situation, port, localPort, note, recheck, isConfirmed));
        return isSent;
    }

    private bool TrySend(PokeContext situation, uint port, uint localPort, string? note, Action recheck, bool isConfirmed)
    {
        var intent = _journal.FindEvent(situation.DomId, port)
            ?? _intents.ForEvent(situation, port) with
            {
                Outcome = PokeOutcome.Intended,
            };
        if (isConfirmed)
            _journal.Continue(intent);
        else if (_observer.Confirm(PokeIntents.ProposeEvent(situation, port, localPort, intent)))
            _journal.Begin(intent);
        else
            return false;
        recheck();
        _writer.SendEvent(localPort, situation.DomId, port);
        _journal.Record(intent with { PokedAt = TimeProvider.System.GetUtcNow(), Note = note });
        return true;
    }

    /// <summary>Sends a confirmed event once more.</summary>
    public void SendAgain(PokeContext situation, uint port, uint localPort) =>
        Send(situation, port, localPort, "sent once more, because the guest had not consumed it", () => { }, isConfirmed: true);

    /// <summary>Passes a warning to the observer.</summary>
    public void Warn(string message) => _journal.Warn(message);

    private void Write(
        Span<byte> page,
        PokeContext before,
        IReadOnlyList<PokeStep> steps,
        XenPoke[] intents,
        int from,
        int to,
        XenPoke? undone,
        Stack<PokeStep> written)
    {
        // The guest continued to run between the read and the mapping, so everything is read and checked again now. While the frame is
        // mapped, Xen cannot give it to another domain.
        var now = before.Refresh();
        if (!now.IsSameDomainAs(before) && !IsDisabled(PokeGuard.DomainIdentity)) throw PokeSteps.OtherDomain(now);
        var forced = Validate(now, steps, undone is not null);
        for (var index = from; index < to; index++)
        {
            var step = steps[index];
            var poke = _intents.ForStep(now, step, forced, undone) with { Id = intents[index].Id };
            if (step.Kind == PokeField.WallClock)
            {
                var clock = VersionedClock.Write(page, now.Layout!, step.Value, step.Expected, now.DomId);
                _journal.Record(
                    poke with
                    {
                        Before = VersionedClock.ToNanoseconds(clock),
                        After = step.Value,
                        Note = "the version counter keeps counting",
                    });
                continue;
            }
            var found = step.Apply(page, objection => Refuse(now.DomId, step, objection), now.DomId);
            if (step.IsPrecaution && found == step.Value) continue;
            _journal.Record(PokeIntents.Made(poke, step, found));
            if (found != step.Value)
                written.Push(step with { Before = found });
            if (step is { Kind: PokeField.UpcallPending, Value: not 0 } && found != step.Value && IsAsleep(now, step))
                throw new VcpuBlockedException(step);
        }
    }

    // Returns true if the vCPU is blocked although its upcall is set. Xen checks the upcall before it blocks a vCPU. If a poke sets the
    // upcall just after this check, the vCPU sleeps forever, because Xen wakes no vCPU whose upcall is already set. So the caller must
    // notify the vCPU, or undo the write.
    private bool IsAsleep(PokeContext situation, PokeStep step) =>
        !_request.Force && !IsDisabled(PokeGuard.VcpuNotBlocked) && situation.Refresh().Vcpu(step.Vcpu!.Value) is { Blocked: true };

    private XenException TakeBack(PokeContext situation, PokeStep slept, Stack<PokeStep> written)
    {
        _restorer.RestoreAll(situation, written, "the vCPU went to sleep at the same time");
        // The caller found no port that can notify the vCPU. It is tried again here, because a port may exist by now. The result of
        // Renotify is not needed: it issues a warning if there is still no port.
        if (LostEventRecovery.FindLostEvents(situation, slept.Vcpu!.Value) is > 0 and var missed)
            Renotify(situation.Refresh(), slept.Vcpu.Value, missed, "an event came at the same moment");
        return new XenException(
            XenErrorId.PokeLostRace,
            $"vCPU {slept.Vcpu} of domain {situation.DomId} went to sleep at the same time, so everything was undone",
            "send a real event instead")
        {
            DomId = situation.DomId,
            Port = slept.Port,
        };
    }

    private string[] Validate(PokeContext situation, IReadOnlyList<PokeStep> steps, bool isUndo)
    {
        var forced = new List<string>();
        foreach (var (step, objection) in PokeGuards.Check(situation, steps, isUndo))
        {
            if (IsDisabled(objection.Guard)) continue;
            Refuse(situation.DomId, step, objection);
            forced.Add($"{objection.Guard}: {objection.Reason}");
        }
        return [.. forced.Distinct()];
    }

    private void Refuse(ushort domId, PokeStep step, GuardViolation objection)
    {
        if (IsDisabled(objection.Guard) || _request.Force && objection.CanForce) return;
        throw PokeSteps.Refusal(domId, step.Field, step.Port, objection);
    }

    private bool IsDisabled(PokeGuard guard) => _options.DisabledGuards.Contains(guard);
}
