using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>Does pokes: look, judge, ask, map, look and judge again, write, unmap, tell.</summary>
internal sealed class PokeRun
{
    private readonly IXenTarget _target;
    private readonly IPokeTarget _writer;
    private readonly IPokeObserver _observer;
    private readonly PokeOptions _options;

    public PokeRun(IXenTarget target, IPokeObserver observer, PokeOptions options)
    {
        _target = target;
        _observer = observer;
        _options = options;
        _writer = target as IPokeTarget ?? throw new XenException(XenErrorId.NotSupportedByHost,
            $"{target.DisplayName} cannot be written; connect to a live host, or to a simulated one.")
        {
            Hint = "Connect to a live host, or to a simulated one.",
        };
    }

    public IPokeTarget Writer => _writer;

    /// <summary>Looks at a guest.</summary>
    /// <param name="domId">The guest.</param>
    /// <param name="watch">Whether it must be known which vCPU records are live.</param>
    /// <param name="cancellation">Ends it.</param>
    public PokeSituation Look(ushort domId, bool watch, CancellationToken cancellation) =>
        PokeSituation.Look(_target, domId, watch ? _options.SampleTime : TimeSpan.Zero, _options.Locator, cancellation);

    /// <summary>Does steps one after the other.</summary>
    /// <param name="situation">What is known of the guest.</param>
    /// <param name="steps">The steps.</param>
    /// <param name="undone">The poke that they take back; null for none.</param>
    /// <param name="followedBy">What is done after them without asking again; null for nothing.</param>
    /// <returns>Whether they were done; false when they were not agreed to.</returns>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>, <see cref="XenErrorId.PokeLostRace"/>, and those of the target.</exception>
    public bool Do(PokeSituation situation, IReadOnlyList<PokeStep> steps, XenPoke? undone = null, string? followedBy = null)
    {
        Judge(situation, steps, undone is not null);
        string[] changes = [.. steps.Select(step => step.Describe()), .. followedBy is null ? [] : new[] { followedBy }];
        if (!_observer.Confirm(new PokeProposal(situation.DomId, situation.Guest.Name, changes))) return false;
        using var log = AuditLog.Open(_options.LogPath);
        var written = new Stack<(PokeStep Step, ulong Before)>();
        try
        {
            // A group is what stands in one frame, next to each other in Xen's order.
            for (var first = 0; first < steps.Count;)
            {
                var count = steps.Skip(first).TakeWhile(step => step.Frame == steps[first].Frame).Count();
                var (from, to) = (first, first + count);
                _writer.WriteFrame(situation.DomId, steps[first].Frame, page => Write(page, situation, steps, from, to, log, undone, written));
                first = to;
            }
        }
        catch (SleptMeanwhile slept)
        {
            throw TakeBack(situation, slept.Step, written, log);
        }
        return true;
    }

    /// <summary>Sends a real event after having asked.</summary>
    public bool Send(PokeSituation situation, uint port, uint localPort, string? note, Action recheck, bool isConfirmed = false)
    {
        if (!isConfirmed && !_observer.Confirm(new PokeProposal(situation.DomId, situation.Guest.Name, [DescribeSend(port, localPort)]))) return false;
        using var log = AuditLog.Open(_options.LogPath);
        recheck();
        _writer.SendEvent(localPort, situation.DomId, port);
        Tell(log, Poke(situation, PokeField.Event, $"event[port {PokeSteps.Number(port)}]", PokeAction.Send, port, null) with { Note = note });
        return true;
    }

    /// <summary>An event that is to be sent, in words.</summary>
    public static string DescribeSend(uint port, uint localPort) =>
        $"event on port {PokeSteps.Number(port)}, sent on the control domain's port {PokeSteps.Number(localPort)}";

    /// <summary>Passes a warning on.</summary>
    public void Warn(string message) => _observer.Warn(message);

    private void Write(Span<byte> page, PokeSituation before, IReadOnlyList<PokeStep> steps, int from, int to, AuditLog log, XenPoke? undone, Stack<(PokeStep Step, ulong Before)> written)
    {
        // Between the look and the mapping the guest went on: everything is judged anew, now that the frame cannot be given to anybody else.
        var now = before.Again();
        if (now.Guest.Domain.Uuid != before.Guest.Domain.Uuid && !IsLeftOut(PokeGuard.DomainIdentity))
        {
            throw PokeSteps.Refusal(now, "The page", null, new PokeObjection(PokeGuard.DomainIdentity,
                "the number is another domain's by now", "list the domains again", IsFinal: true));
        }
        var forced = Judge(now, steps, undone is not null);
        for (var index = from; index < to; index++)
        {
            var step = steps[index];
            var poke = Record(now, step, forced, undone);
            if (step.Target == PokeField.WallClock)
            {
                var clock = VersionedClock.Write(page, now.Layout!, step.Value, step.Expected, now.DomId);
                Tell(log, poke with { Before = VersionedClock.ToNanoseconds(clock), After = step.Value, Note = "the version counter counts on" });
                continue;
            }
            var found = step.Apply(page, objection => Refuse(now.DomId, step, objection), now.DomId);
            Tell(log, poke with { Before = step.Plain(found), After = step.Plain(step.Value) });
            if (found != step.Value) written.Push((step, found));
            if (step is { Target: PokeField.UpcallPending, Value: not 0 } && found != step.Value && IsAsleep(now, step)) throw new SleptMeanwhile(step);
        }
    }

    // Xen looks once more before a vCPU sleeps, so a bit that was set before that is heard. One that was set just after keeps it asleep for good.
    private bool IsAsleep(PokeSituation situation, PokeStep step) =>
        !_options.Force && !IsLeftOut(PokeGuard.VcpuNotBlocked) && situation.Again().Vcpu(step.Vcpu!.Value) is { Blocked: true };

    // Each bit goes back only if it is what was written, so what guest or Xen made of it stays.
    private XenException TakeBack(PokeSituation situation, PokeStep slept, Stack<(PokeStep Step, ulong Before)> written, AuditLog log)
    {
        while (written.TryPop(out var one))
        {
            var (step, before) = one;
            try
            {
                var back = step with { Value = before, Expected = step.Value, Condition = null };
                _writer.WriteFrame(situation.DomId, step.Frame, page => back.Apply(page, _ => { }, situation.DomId));
                Tell(log, Record(situation, back, [], null) with { Before = step.Plain(step.Value), After = step.Plain(before), Note = "taken back: the vCPU went to sleep at the same time" });
            }
            catch (XenException error) when (error.Id == XenErrorId.PokeLostRace)
            {
                // Somebody has taken it.
            }
        }
        return new XenException(XenErrorId.PokeLostRace, $"vCPU {slept.Vcpu} of domain {situation.DomId} went to sleep at the same time, so everything was taken back; send a real event instead.")
        {
            DomId = situation.DomId,
            Port = slept.Port,
            Hint = "Send a real event instead.",
        };
    }

    private string[] Judge(PokeSituation situation, IReadOnlyList<PokeStep> steps, bool isUndo)
    {
        var forced = new List<string>();
        foreach (var (step, objection) in PokeGuards.Check(situation, steps, isUndo))
        {
            if (IsLeftOut(objection.Guard)) continue;
            Refuse(situation.DomId, step, objection);
            forced.Add($"{objection.Guard}: {objection.Danger}");
        }
        return [.. forced.Distinct()];
    }

    private void Refuse(ushort domId, PokeStep step, PokeObjection objection)
    {
        if (IsLeftOut(objection.Guard) || _options.Force && !objection.IsFinal) return;
        throw PokeSteps.Refusal(domId, step.Field, step.Port, objection);
    }

    private bool IsLeftOut(PokeGuard guard) => _options.LeftOut.Contains(guard);

    private void Tell(AuditLog log, XenPoke poke)
    {
        // It has been done, so it is told even when the log's disk is full.
        try
        {
            log.Append(poke);
        }
        finally
        {
            _observer.Done(poke);
        }
    }

    private XenPoke Record(PokeSituation situation, PokeStep step, string[] forced, XenPoke? undone) =>
        Poke(situation, step.Target, step.Field, step.Action, step.Port, step.Vcpu) with
        {
            Frame = step.Frame,
            Offset = step.Offset,
            Width = step.Width,
            Bits = step.Bits,
            Forced = forced,
            Undoes = undone?.Id,
        };

    private XenPoke Poke(PokeSituation situation, PokeField target, string field, PokeAction action, uint? port, int? vcpu) => new()
    {
        DomId = situation.DomId,
        DomainUuid = situation.Guest.Domain.Uuid ?? Guid.Empty,
        DomainName = situation.Guest.Name,
        Target = target,
        Field = field,
        Action = action,
        Port = port,
        Vcpu = vcpu,
        HostName = _target.Host.HostName,
    };

    /// <summary>Ends the writing of steps, and the mapping with it, when a vCPU turns out to sleep.</summary>
    private sealed class SleptMeanwhile(PokeStep step) : Exception
    {
        public PokeStep Step => step;
    }
}
