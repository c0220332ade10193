using System.Numerics;

namespace XenShared.Poking;

/// <summary>
/// Checks the record of a poke (<see cref="XenPoke"/>) that is to be undone. The record can come from a file, so its place (frame and
/// offset) is not trusted. The step is created from the kind, port, vCPU and field name in the record, and is refused if its place differs
/// from the place in the record.
/// </summary>
internal static class PokeRecords
{
    private const string GiveRecord = "give a record that a poke returned";
    private const string InspectAgain = "read the domain again";

    /// <summary>Checks everything that can be checked without the domain.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>.</exception>
    public static void CheckForm(XenPoke poke)
    {
        if (!PokeLine.IsWhole(poke))
            throw Refusal(poke, PokeGuard.InsideStructure, "a part of the record is missing", GiveRecord);
        if (poke.Kind == PokeField.Event
            || poke is not { Before: { } before, After: { } after, Frame: not null, Offset: not null, Width: not null, Bits: { } bits })
            throw Refusal(
                poke,
                PokeGuard.Delivery,
                "an event that was sent, or a value that was never known, cannot be taken back",
                "read the domain instead");
        if (poke.Outcome != PokeOutcome.Done)
            throw Refusal(
                poke,
                PokeGuard.Delivery,
                "the record is an intent, not a write that was made",
                "read the domain instead");
        if (!poke.Changed)
            throw Refusal(poke, PokeGuard.Delivery, "it changed nothing", "read the domain instead");
        if (poke.Action == PokeAction.Send || poke.Action == PokeAction.VersionedWrite != (poke.Kind == PokeField.WallClock))
            throw Refusal(poke, PokeGuard.InsideStructure, "no poke has this combination of action and kind", GiveRecord);
        if (bits == 0 || !Fits(before, bits) || !Fits(after, bits))
            throw Refusal(poke, PokeGuard.InsideStructure, "its values do not fit into its bits", GiveRecord);
    }

    /// <summary>Checks that the domain with this number is still the one of the record.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>.</exception>
    public static void CheckDomain(PokeContext situation, XenPoke poke)
    {
        if ((situation.Guest.Domain.Uuid ?? Guid.Empty) != poke.DomainUuid)
            throw Refusal(poke, PokeGuard.DomainIdentity, "another domain has the number now", "list the domains");
        if (poke.DomainStartTime is { } then && situation.StartTime is { } now && then != now)
            throw Refusal(
                poke,
                PokeGuard.DomainIdentity,
                "the domain was started again since then, and has other memory now",
                InspectAgain);
    }

    /// <summary>Determines whether the record is of a bit of a vCPU's <c>vcpu_info</c>.</summary>
    public static bool IsOfVcpuInfo(XenPoke poke) =>
        poke.Kind is PokeField.UpcallPending or PokeField.UpcallMask or PokeField.PendingSelector;

    /// <summary>Creates the step that undoes a poke.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>: the place in the record is not the present place of the
    /// field.</exception>
    public static PokeStep StepBack(PokeContext situation, XenPoke poke)
    {
        var (before, after) = (poke.Before!.Value, poke.After!.Value);
        if (MakeToday(situation, poke, before) is not { } today)
            throw Refusal(poke, PokeGuard.InsideStructure, "the domain has no such field", GiveRecord);
        var bits = today.Kind == PokeField.PendingSelector ? poke.Bits!.Value & today.Bits : today.Bits;
        if (today.Field != poke.Field
            || today.Width != poke.Width
            || bits != poke.Bits
            || today.Vcpu != poke.Vcpu
            || !IsPortKnown(situation, poke))
            throw Refusal(poke, PokeGuard.InsideStructure, "the domain has another field there now", InspectAgain);
        if (today.Frame != poke.Frame || today.Offset != poke.Offset)
            throw Refusal(
                poke,
                PokeGuard.FrameStays,
                $"the field is not at the place in the record, but at frame 0x{today.Frame:x} + 0x{today.Offset:x}",
                InspectAgain);
        if (today.Kind == PokeField.WallClock)
            return today with { Value = before, Expected = after };
        var shift = BitOperations.TrailingZeroCount(bits);
        return today with { Bits = bits, Value = before << shift, Expected = after << shift, Seen = after << shift, Port = poke.Port };
    }

    /// <summary>Creates the error for a record that is not valid.</summary>
    public static XenException Refusal(XenPoke poke, GuardViolation objection) =>
        PokeSteps.Refusal(poke.DomId, $"The old value of {poke.Field}", poke.Port, objection);

    // Creates a step for the field that the record names (kind, port, vCPU and name of the field), at the place where the field is now.
    // Returns null if the domain has no such field. The caller compares this place with the place in the record, and sets the values.
    private static PokeStep? MakeToday(PokeContext situation, XenPoke poke, ulong before)
    {
        var layout = PokeSteps.Layout(situation);
        if (poke.Vcpu is { } number) PokeFields.CheckVcpu(situation, number);
        return poke switch
        {
            { Kind: PokeField.Mask or PokeField.Pending, Port: { } port } => PokeSteps.PortBit(situation, poke.Kind, port, before != 0),
            { Kind: PokeField.EventWordMask, Port: { } port } => PokeSteps.EventWord(situation, port, masked: before != 0),
            { Kind: PokeField.UpcallPending, Vcpu: { } vcpu } => PokeSteps.RecordStep(
                situation,
                poke.Kind,
                vcpu,
                layout.Vcpu.UpcallPending,
                0xff,
                0),
            { Kind: PokeField.UpcallMask, Vcpu: { } vcpu } when layout.Vcpu.UpcallMask is { } mask => PokeSteps.RecordStep(
                situation,
                poke.Kind,
                vcpu,
                mask,
                0xff,
                0),
            { Kind: PokeField.PendingSelector, Vcpu: { } vcpu } => PokeSteps.RecordStep(
                situation,
                poke.Kind,
                vcpu,
                layout.Vcpu.PendingSelector,
                layout.WordBytes == 8 ? ulong.MaxValue : uint.MaxValue,
                0),
            { Kind: PokeField.Field } when PokeFields.Find(layout, poke.Field) is { } found => PokeSteps.WholeField(
                situation,
                found.Field,
                before,
                found.Vcpu),
            { Kind: PokeField.WallClock } => FieldPoke.WallClock(situation, before, poke.After),
            _ => null,
        };
    }

    // Returns true if the port in the record is valid for the kind of field. For a bit of a port, MakeToday has already checked the port.
    // An upcall or a selector has a port only if it was set for that port. Other fields have no port.
    private static bool IsPortKnown(PokeContext situation, XenPoke poke) => poke.Kind switch
    {
        PokeField.Mask or PokeField.Pending or PokeField.EventWordMask => true,
        PokeField.UpcallPending or PokeField.PendingSelector => poke.Port is null || poke.Port < PokeSteps.Layout(situation).PortCount,
        _ => poke.Port is null,
    };

    private static bool Fits(ulong value, ulong bits)
    {
        var shift = BitOperations.TrailingZeroCount(bits);
        return value << shift >> shift == value && (value << shift & ~bits) == 0;
    }

    private static XenException Refusal(XenPoke poke, PokeGuard guard, string danger, string advice) =>
        Refusal(poke, new GuardViolation(guard, danger, advice, CanForce: false));
}
