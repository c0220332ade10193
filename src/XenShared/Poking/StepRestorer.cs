using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>Restores the bits that the steps of an unfinished sequence changed.</summary>
/// <param name="writer">The writer for the host.</param>
/// <param name="journal">Records the restored bits.</param>
/// <param name="intents">Creates the records.</param>
internal sealed class StepRestorer(IGuestWriter writer, PokeJournal journal, PokeIntents intents)
{
    /// <summary>Restores bits, the last step first. A bit that the guest or Xen has changed since is not restored.</summary>
    /// <param name="situation">The state of the guest before the steps.</param>
    /// <param name="written">The steps that changed something. Each is removed when it is done.</param>
    /// <param name="why">The reason, for the records.</param>
    /// <returns>Whether every bit was restored.</returns>
    /// <exception cref="XenException">The domain number was reused, or the frame cannot be mapped.</exception>
    public bool RestoreAll(PokeContext situation, Stack<PokeStep> written, string why)
    {
        var isWhole = true;
        while (written.TryPeek(out var last))
        {
            // All steps of a frame are restored with one mapping. If each step had its own mapping, one of them could fail, and the pending
            // bit of a port could be restored without its mask bit.
            writer.WriteFrame(situation.DomId, last.Frame, page =>
            {
                var now = situation.Refresh();
                if (!now.IsSameDomainAs(situation)) throw PokeSteps.OtherDomain(now);
                if (now.Guest.PageError is { } unreadable) throw unreadable;
                while (written.TryPeek(out var step) && step.Frame == last.Frame)
                {
                    written.Pop();
                    isWhole &= TryRestore(page, now, step, $"taken back: {why}");
                }
            });
        }
        return isWhole;
    }

    private bool TryRestore(Span<byte> page, PokeContext now, PokeStep step, string note)
    {
        // If the vCPU is blocked, its upcall is not set again, because no event wakes a blocked vCPU whose upcall is set.
        var setsUpcall = step is { Kind: PokeField.UpcallPending, Before: not 0 };
        if (PokeGuards.CheckPlace(now, step).Any() || setsUpcall && IsBlocked(now, step)) return false;
        var back = step with { Value = step.Before, Expected = step.Value };
        try
        {
            Write(page, now, back, note);
            if (!setsUpcall || !IsBlocked(now.Refresh(), step)) return true;
            Write(page, now, back with { Value = step.Value, Expected = step.Before }, note);
            return false;
        }
        catch (XenException error) when (error.Id is XenErrorId.PokeLostRace or XenErrorId.PokeRefused)
        {
            return false;
        }
    }

    private void Write(Span<byte> page, PokeContext now, PokeStep step, string note)
    {
        var intent = intents.ForStep(now, step, [], null) with { Note = note };
        journal.Continue(intent);
        var found = step.Apply(page, violation => throw PokeSteps.Refusal(now, step.Field, step.Port, violation), now.DomId);
        journal.Record(PokeIntents.Made(intent, step, found));
    }

    private static bool IsBlocked(PokeContext now, PokeStep step) => now.Vcpu(step.Vcpu!.Value) is not { Blocked: false };
}
