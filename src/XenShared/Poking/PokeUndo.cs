using System.Numerics;
using XenShared.Targets;

namespace XenShared.Poking;

/// <summary>Takes pokes back: writes the old value, if what was written still stands there. It is a poke like any other, with the same guards.</summary>
public sealed class PokeUndo(IXenTarget target, IPokeObserver observer)
{
    /// <summary>How.</summary>
    public PokeOptions Options { get; init; } = new();

    /// <summary>Takes one poke back.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeLostRace"/>: something else stands there now; <see cref="XenErrorId.PokeRefused"/>; those of the target.</exception>
    public void Undo(XenPoke poke, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(poke);
        if (FarPoke.TryRun(target, observer, Options, ["poke", "--undo=-"], poke, cancellation)) return;
        var run = new PokeRun(target, observer, Options);
        if (poke is not { Before: { } before, After: { } after, Frame: { } frame, Offset: { } offset, Width: { } width, Bits: { } bits })
            throw Refuse(poke, PokeGuard.Delivery, "an event that was sent, or a value that was never known, cannot be taken back", "look at the domain instead");
        if (!poke.Changed) throw Refuse(poke, PokeGuard.Delivery, "it changed nothing", "look at the domain instead");
        if (bits == 0 || width is not (1 or 2 or 4 or 8) && poke.Target != PokeField.WallClock || offset < 0 || offset % Math.Min(width, 4) != 0 || offset + width > Layout.SharedInfoLayout.PageSize)
            throw Refuse(poke, PokeGuard.InsideStructure, "it describes no place in a page", "give a record that a poke returned");
        var isRecord = poke.Target is PokeField.UpcallPending or PokeField.UpcallMask or PokeField.PendingSelector;
        var situation = run.Look(poke.DomId, watch: isRecord, cancellation);
        if (situation.Guest.Domain.Uuid != poke.DomainUuid)
            throw Refuse(poke, PokeGuard.DomainIdentity, "the number is another domain's by now", "list the domains");
        if (poke.Target == PokeField.WallClock)
        {
            run.Do(situation, [FieldPoke.WallClock(situation, before, after)], poke);
            return;
        }
        var shift = BitOperations.TrailingZeroCount(bits);
        var isPage = situation.Guest.Latest?.Frame == frame;
        if (!isPage) CheckLocated(situation, poke, frame, offset);
        var step = new PokeStep
        {
            Target = poke.Target,
            Field = poke.Field,
            Frame = frame,
            Offset = offset,
            Width = width,
            Bits = bits,
            Value = before << shift & bits,
            Expected = after << shift & bits,
            Seen = after << shift & bits,
            Port = poke.Port,
            Vcpu = poke.Vcpu,
            IsLocated = !isPage,
        };
        CheckPlace(situation, poke, step);
        if (poke is { Target: PokeField.EventWordMask, Port: { } port })
            step = PokeSteps.EventWord(situation, port, masked: before != 0) with { Expected = step.Expected };
        if (poke is { Target: PokeField.Pending, Before: 0 })
            run.Warn($"If a real event came to port {poke.Port} of domain {poke.DomId} meanwhile, taking the pending bit back loses it.");
        run.Do(situation, [step], poke);
    }

    // A record can come from a file, and then anybody may have written it: the place must be the one that this field has today.
    private static void CheckPlace(PokeSituation situation, XenPoke poke, PokeStep step)
    {
        if (step.IsLocated) return;
        var layout = PokeSteps.Layout(situation);
        var place = poke switch
        {
            { Target: PokeField.Mask or PokeField.Pending, Port: { } port } => PokeSteps.PortBit(situation, poke.Target, port, true),
            { Target: PokeField.UpcallPending, Vcpu: { } vcpu } => PokeSteps.RecordStep(situation, poke.Target, vcpu, layout.Vcpu.UpcallPending, 0xff, 0),
            { Target: PokeField.UpcallMask, Vcpu: { } vcpu } => PokeSteps.RecordStep(situation, poke.Target, vcpu, layout.Vcpu.UpcallMask!.Value, 0xff, 0),
            { Target: PokeField.PendingSelector, Vcpu: { } vcpu } => PokeSteps.RecordStep(situation, poke.Target, vcpu, layout.Vcpu.PendingSelector, step.Bits, 0),
            { Target: PokeField.Field } when PokeFields.Find(layout, poke.Field) is { } found => PokeSteps.WholeField(situation, found.Field, 0, found.Vcpu),
            _ => null,
        };
        if (place is null || place.Offset != step.Offset || place.Width != step.Width || (place.Bits & step.Bits) != step.Bits)
            throw Refuse(poke, PokeGuard.InsideStructure, "the page has another field there now", "look at the domain again");
    }

    // The page has moved, or the poke was about a place outside it: then only the locator can tell that it is the same place still.
    private static void CheckLocated(PokeSituation situation, XenPoke poke, ulong frame, int offset)
    {
        var cell = poke switch
        {
            { Target: PokeField.EventWordMask, Port: { } port } => situation.Locator?.FindEventWord(situation.Guest, port),
            { Vcpu: { } vcpu } when situation.Locator?.FindVcpuRecord(situation.Guest, vcpu) is { } record && offset >= record.Offset && offset < record.Offset + PokeSteps.Layout(situation).Vcpu.Size =>
                record with { Offset = offset },
            _ => null,
        };
        if (cell is not { } known || known.Frame != frame || known.Offset != offset)
            throw Refuse(poke, PokeGuard.FrameStays, $"frame 0x{frame.ToString("x", System.Globalization.CultureInfo.InvariantCulture)} is not known to be what it was", "look at the domain again");
    }

    private static XenException Refuse(XenPoke poke, PokeGuard guard, string danger, string advice) => PokeSteps.Refusal(
        poke.DomId, $"The old value of {poke.Field}", poke.Port, new PokeObjection(guard, danger, advice, IsFinal: true));
}
