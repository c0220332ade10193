using System.Globalization;
using XenShared.Guests.Memory;
using XenShared.Layout;

namespace XenShared.Poking;

/// <summary>Creates the steps of pokes.</summary>
internal static class PokeSteps
{
    private const string InspectFirst = "check the domain first";

    /// <summary>
    /// Creates the step for a port's mask or pending bit in the page. It changes one bit of a 32-bit word, as Xen does for 32-bit and
    /// 64-bit guests.
    /// </summary>
    public static PokeStep PortBit(PokeContext situation, PokeField kind, uint port, bool value)
    {
        var layout = Layout(situation);
        var (name, bitmap) = kind == PokeField.Mask ? ("evtchn_mask", layout.MaskOffset) : ("evtchn_pending", layout.PendingOffset);
        // The bit of a port beyond the bitmap would lie in another field or page, so not even force allows it.
        if (port >= layout.PortCount)
        {
            throw Refusal(
                situation,
                $"Port {Number(port)}",
                port,
                new GuardViolation(
                    PokeGuard.InsideStructure,
                    $"the bitmap of this layout ends at port {Number((uint)layout.PortCount - 1)}, and the bit would fall into "
                        + $"another field",
                    "check the port number",
                    CanForce: false));
        }
        var offset = bitmap + (int)(port / 32) * 4;
        return new PokeStep
        {
            Kind = kind,
            Field = $"{name}[port {Number(port)}]",
            Frame = Frame(situation),
            Offset = offset,
            Width = 4,
            Bits = 1u << (int)(port % 32),
            Value = value ? 1u << (int)(port % 32) : 0,
            Seen = LayoutField.Read(situation.Page.Span, offset, 4),
            Port = port,
        };
    }

    /// <summary>Creates the steps that notify a vCPU of a port, in Xen's order: selector, then upcall.</summary>
    public static IEnumerable<PokeStep> NotifyVcpu(PokeContext situation, int vcpu, uint port)
    {
        var layout = Layout(situation);
        var word = WordOf(layout, port);
        yield return RecordStep(situation, PokeField.PendingSelector, vcpu, layout.Vcpu.PendingSelector, word, word) with { Port = port };
        yield return RecordStep(situation, PokeField.UpcallPending, vcpu, layout.Vcpu.UpcallPending, 0xff, 1) with { Port = port };
    }

    /// <summary>Returns the bit of the pending selector that stands for the bitmap word of a port.</summary>
    public static ulong WordOf(SharedInfoLayout layout, uint port) => 1ul << (int)(port / ((uint)layout.WordBytes * 8));

    /// <summary>
    /// Determines whether a vCPU's <c>vcpu_info</c> can be read: its slot in the page may be live, or its place outside the page is known.
    /// </summary>
    public static bool IsRecordKnown(PokeContext situation, int vcpu) =>
        situation.Liveness(vcpu).IsLive != false && Layout(situation).SlotOffset(vcpu) is not null
        || situation.Locator?.FindVcpuRecord(situation.Guest, vcpu) is not null;

    /// <summary>
    /// Determines whether the <c>vcpu_info</c> that Xen and the guest use for a vCPU is certainly known: its slot in the page is live, or
    /// its place outside the page is known.
    /// </summary>
    public static bool IsRecordLive(PokeContext situation, int vcpu) =>
        situation.Liveness(vcpu).IsLive == true && Layout(situation).SlotOffset(vcpu) is not null
            || situation.Locator?.FindVcpuRecord(situation.Guest, vcpu) is not null;

    /// <summary>
    /// Creates the step for a field of a vCPU's <c>vcpu_info</c>: in the page if the slot there is live or no other place is known,
    /// otherwise at the place that the locator finds.
    /// </summary>
    public static PokeStep RecordStep(PokeContext situation, PokeField kind, int vcpu, LayoutField member, ulong bits, ulong value)
    {
        var layout = Layout(situation);
        var name = $"vcpu_info[{Number((uint)vcpu)}].{member.Name}";
        var isLive = situation.Liveness(vcpu).IsLive == true;
        if (!isLive && situation.Locator?.FindVcpuRecord(situation.Guest, vcpu) is { } cell)
        {
            ulong version = 0;
            situation.Target.Memory?.VisitFrames(situation.DomId, [cell.Frame], (_, page) =>
                version = LayoutField.Read(page, cell.Offset + member.Offset, member.Width));
            return Member(cell.Frame, cell.Offset, version, isLocated: true);
        }
        if (layout.SlotOffset(vcpu) is not { } slot)
        {
            throw Refusal(situation, $"vCPU {vcpu}", null, new GuardViolation(PokeGuard.InsideStructure,
                $"the page has {layout.SlotCount} slots, and none for this vCPU", "list the domain's vCPUs", CanForce: false));
        }
        return Member(Frame(situation), slot, LayoutField.Read(situation.Page.Span, slot + member.Offset, member.Width), isLocated: false);

        PokeStep Member(ulong frame, int offset, ulong before, bool isLocated) => new()
        {
            Kind = kind,
            Field = name,
            Frame = frame,
            Offset = offset + member.Offset,
            Width = member.Width,
            Bits = bits,
            Value = value,
            Seen = before,
            Vcpu = vcpu,
            IsLocated = isLocated,
        };
    }

    /// <summary>Creates the step that sets a whole field of the page, if its value has not changed since it was read.</summary>
    public static PokeStep WholeField(PokeContext situation, LayoutField field, ulong value, int? vcpu)
    {
        var bits = field.Width == 8 ? ulong.MaxValue : (1ul << (8 * field.Width)) - 1;
        if ((value & ~bits) != 0)
        {
            throw Refusal(
                situation,
                field.Name,
                null,
                new GuardViolation(
                    PokeGuard.InsideStructure,
                    $"the field has {field.Width} bytes and the value 0x{value.ToString("x", CultureInfo.InvariantCulture)} needs more",
                    "give a value that fits",
                    CanForce: false));
        }
        var version = field.Read(situation.Page.Span);
        return new PokeStep
        {
            Kind = PokeField.Field,
            Field = field.Name,
            Frame = Frame(situation),
            Offset = field.Offset,
            Width = field.Width,
            Bits = bits,
            Value = value,
            Expected = version,
            Seen = version,
            Vcpu = vcpu,
        };
    }

    /// <summary>
    /// Creates the step for the mask bit of a FIFO event word; its other bits belong to the protocol between guest and Xen. Clearing the
    /// bit is refused if an event is pending but in no queue, because then only the guest can queue it (<c>EVTCHNOP_unmask</c>), or Xen if
    /// a real event follows. Any step is refused while the guest itself unmasks the port.
    /// </summary>
    public static PokeStep EventWord(PokeContext situation, uint port, bool masked, bool eventFollows = false)
    {
        if (situation.Locator?.FindEventWord(situation.Guest, port) is not { } cell)
        {
            throw Refusal(situation, $"Port {Number(port)}", port, new GuardViolation(PokeGuard.AbiKnown,
                "the guest uses FIFO channels, and the place of its event array is not known", PokeAdvice.Send(situation, port),
                CanForce: false));
        }
        var previous = ReadEventWord(situation, cell).Value;
        var repair = PokeAdvice.Repair(situation, port, unmask: true);
        return new PokeStep
        {
            Kind = PokeField.EventWordMask,
            Field = $"event_word[port {Number(port)}].masked",
            Frame = cell.Frame,
            Offset = cell.Offset,
            Width = 4,
            Bits = EventWordBits.Masked,
            Value = masked ? EventWordBits.Masked : 0,
            Seen = previous,
            Port = port,
            IsLocated = true,
            Condition = word => EventWordObjection((uint)word, masked, eventFollows, repair),
        };
    }

    /// <summary>
    /// Determines whether the mask bit of a FIFO event word is set; false if the guest has other channels, or its event array is not found.
    /// </summary>
    public static bool IsEventWordMasked(PokeContext situation, uint port) =>
        situation.Abi == EventAbi.Fifo
        && situation.Locator?.FindEventWord(situation.Guest, port) is { } cell
        && ReadEventWord(situation, cell) is { IsWellFormed: true, IsMasked: true };

    private static EventWord ReadEventWord(PokeContext situation, GuestAddress cell)
    {
        uint word = 0;
        situation.Target.Memory?.VisitFrames(situation.DomId, [cell.Frame], (_, page) =>
            word = (uint)LayoutField.Read(page, cell.Offset, 4));
        return new EventWord(word);
    }

    /// <summary>Creates the error of a refused poke.</summary>
    public static XenException Refusal(PokeContext situation, string what, uint? port, GuardViolation objection) =>
        Refusal(situation.DomId, what, port, objection);

    /// <summary>Creates the error of a refused poke.</summary>
    public static XenException Refusal(ushort domId, string what, uint? port, GuardViolation objection)
    {
        var advice = !objection.CanForce ? objection.Recommendation : objection.Recommendation + XenException.ForceClause;
        return new XenException(
            XenErrorId.PokeRefused,
            $"{what} of domain {domId} was not written ({objection.Guard}): {objection.Reason}",
            advice)
        {
            DomId = domId,
            Port = port,
        };
    }

    /// <summary>Creates the error of a request that sets nothing.</summary>
    public static XenException NothingToSet(ushort domId, string what, uint? port) =>
        Refusal(domId, what, port, new GuardViolation(PokeGuard.InsideStructure, "the request has no new value", "give a value to set",
            CanForce: false));

    /// <summary>Creates the error of a domain whose number was reused.</summary>
    public static XenException OtherDomain(PokeContext situation) => Refusal(situation, "The page", null,
        new GuardViolation(PokeGuard.DomainIdentity, "another domain has the number now", "list the domains again", CanForce: false));

    /// <summary>
    /// Returns the layout of the shared page. If it is not known, the bytes to write are not known either, so the error cannot be
    /// overridden by force.
    /// </summary>
    public static SharedInfoLayout Layout(PokeContext situation)
    {
        if (situation.Guest.Latest is null && situation.Guest.PageError is { } error)
            throw error;
        return situation.Layout is { Layout: not GuestLayout.Arm } layout
            ? layout
            : throw Refusal(
                situation,
                "The page",
                null,
                new GuardViolation(
                    PokeGuard.LayoutKnown,
                    $"its layout is not known ({situation.Guest.Layout.Evidence}), so a write could change any field",
                    InspectFirst,
                    CanForce: false));
    }

    /// <summary>Returns the frame of the shared page.</summary>
    public static ulong Frame(PokeContext situation) => situation.Guest.Latest?.Frame ?? throw Refusal(situation, "The page", null,
        new GuardViolation(PokeGuard.FrameStays, "its frame is not known", InspectFirst, CanForce: false));

    public static string Number(uint number) => number.ToString(CultureInfo.InvariantCulture);

    private static GuardViolation? EventWordObjection(uint value, bool masked, bool eventFollows, string repair)
    {
        var word = new EventWord(value);
        if (!word.IsWellFormed)
            return new GuardViolation(
                PokeGuard.InsideStructure,
                $"0x{value.ToString("x8", CultureInfo.InvariantCulture)} is not an event word, so the event array is no longer there",
                "locate the event array again",
                CanForce: false);
        if (masked || eventFollows)
            return word.IsBusy ? Busy : null;
        if (word.IsBusy)
            return Busy;
        return word is { IsPending: true, IsLinked: false, IsMasked: true }
            ? new GuardViolation(PokeGuard.Delivery,
                "its pending event is in no queue, and clearing the mask does not queue it: the guest would not handle it", repair)
            : null;
    }

    private static GuardViolation Busy =>
        new(PokeGuard.Delivery, "Xen is adding an event to the queue after it at this moment", "try again");
}
