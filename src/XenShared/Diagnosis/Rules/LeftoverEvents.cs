using XenShared.Diagnosis.Evidence;
using XenShared.Layout;
using XenShared.Poking;

namespace XenShared.Diagnosis.Rules;

/// <summary>
/// Detects pending bits of unbound ports in the two-level bitmap, left by firmware or an earlier kernel. When such a port is bound, Xen
/// drops its first event, because the bit is already set. Firmware's wall clock leaves bits at ports 2048 to 2143 of every HVM guest, which
/// are harmless as long as these ports do not exist.
/// </summary>
internal sealed class LeftoverEvents : IFaultRule
{
    private const uint BitsPerByte = 8;

    public string Name => nameof(LeftoverEvents);

    public IEnumerable<RuleFinding> Evaluate(DomainEvidence evidence)
    {
        if (WhyNotJudged(evidence) is { } whyNot)
            yield return RuleFinding.NotJudged(whyNot);
        if (evidence.WhyNoEvents is not null
            || !evidence.TakesInterrupts
            || !evidence.IsTwoLevel
            || evidence.Latest is not { HasAllPorts: true, Guest.Ports: { } ports })
            yield break;
        var layout = evidence.Layout!;
        var samples = evidence.Snapshots.SelectMany(snapshot => snapshot.Guest.Samples).Select(sample => sample.Page).ToArray();
        var listed = evidence.Snapshots.SelectMany(snapshot => snapshot.Guest.Ports?.Bound ?? []);
        var bound = evidence.Each(listed).Select(port => port.Port).ToHashSet();
        var clock = ClockPorts(evidence, layout, samples[^1].Span);
        var inUse = new HashSet<uint>(ports.Bound.Where(port => port.State is not null).Select(port => port.Port));
        var left = new List<uint>();
        EventBitmap.AddSetPorts(samples[0].Span.Slice(layout.PendingOffset, layout.BitmapBytes), left);
        left.RemoveAll(port =>
            !IsLeftover(port) || samples.Any(page => !EventBitmap.IsSet(page.Span.Slice(layout.PendingOffset, layout.BitmapBytes), port)));
        if (left.Count == 0)
            yield break;
        var isClock = left.All(port => clock.First <= port && port < clock.End);
        yield return evidence.Fault(
            this, evidence.Graded(FaultSeverity.Warning),
            $"Pending bits are set for {FaultText.Ports(left)}, which "
                + (left.Exists(inUse.Contains)
                    ? "the guest has bound, but the bits are a leftover of the wall clock of its firmware"
                    : "are not bound")
                + $"{(isClock && !left.Exists(inUse.Contains) ? " yet; they are bits of the firmware's wall clock" : "")}. The first event "
                + $"of such a port is lost.{evidence.SingleSampleNote()}",
            Advice(evidence.DomId, left.Find(inUse.Contains)),
            left.Count == 1 ? left[0] : null);

        // Determines whether a pending bit of this port is left over. The bits of the firmware's wall clock are left over even if the guest
        // uses the port, but they matter only for ports that the guest can have (less than ValidPorts). Any other bit is left over if its
        // port is not bound.
        bool IsLeftover(uint port) =>
            clock.First <= port && port < clock.End
                ? port < ports.ValidPorts && (!bound.Contains(port) || inUse.Contains(port))
                : !bound.Contains(port);
    }

    // Returns why the domain cannot be judged; null if it can, or if the rule is not about it. For example, the rule is not about a FIFO
    // guest, which does not use the bitmaps.
    private static string? WhyNotJudged(DomainEvidence evidence) => evidence.WhyNoEvents
        ?? (!evidence.TakesInterrupts || evidence.Abi == EventAbi.Fifo ? null
            : evidence.Abi == EventAbi.Unknown ? $"its event ABI is not known: {evidence.Latest.Guest.Abi.Evidence}"
            : evidence.WhyNoPage ?? (evidence.Latest.HasAllPorts ? null : "not all of its ports are known"));

    // Returns the advice. The parameter portInUse is the first port with a leftover bit that the guest uses; 0 if there is none (the guest
    // never uses port 0).
    private static AdviceText Advice(ushort domId, uint portInUse)
    {
        if (portInUse > 0)
            return $"{RuleCommands.Poke(new RepairPortRequest { DomId = domId, Port = portInUse })} makes the guest handle these events.";
        return $"Nothing is lost yet. If a device does not start after it was attached, check its port here first; a restart of the guest "
            + $"clears the page.";
    }

    private static (uint First, uint End) ClockPorts(DomainEvidence evidence, SharedInfoLayout layout, ReadOnlySpan<byte> page)
    {
        var narrow = SharedInfoLayout.X86_32;
        if (evidence.Latest.Guest.Domain.Type != DomainType.HVM
            || layout.Layout != GuestLayout.X86_64
            || !WallClockContent.Decode(page, narrow).IsPlausible)
            return (0, 0);
        var first = (uint)(narrow.WallClockVersion.Offset - layout.PendingOffset) * BitsPerByte;
        return (first, (uint)(narrow.WallClockNanoseconds.Offset + 4 - layout.PendingOffset) * BitsPerByte);
    }
}
