using XenShared.Hypervisor;
using XenShared.Queries;

namespace XenShared.Diagnosis.Paths;

/// <summary>
/// Determines whether a vCPU hangs, or is only busy, if it takes no interrupts in any read. The instruction pointer of a busy kernel
/// usually differs between the reads. It can be the same by chance, as at a hypercall that the kernel makes often. So a link stops the
/// event only if the vCPU slept all the time, or if its instruction pointer stays in one short loop. The loop must show in a series of
/// further reads too.
/// </summary>
internal sealed class EventPathPlace(EventPathFacts facts, bool isPv)
{
    private readonly IReadOnlyList<EventPathRead> _reads = facts.Reads;

    /// <summary>Gets a value indicating whether a link of an event that waits can be judged only with a series of further reads.</summary>
    public bool NeedsSeries { get; private set; }

    /// <summary>
    /// Returns the processor time that the vCPU used from the first read to the last, in nanoseconds; null if it is not known.
    /// </summary>
    public static ulong? GetProgress(IReadOnlyList<EventPathRead> reads) => reads is [{ Run: { } first }, .., { Run: { } last }]
        ? last.CpuTimeNanoseconds - Math.Min(first.CpuTimeNanoseconds, last.CpuTimeNanoseconds)
        : null;

    /// <summary>Judges a link that was closed in every read, and returns its step: Stops, Passes, or Unknown with the reason.</summary>
    /// <param name="step">The step with the evidence of the reads.</param>
    /// <param name="open">The text for a read in which the link is open, such as <c>RFLAGS.IF was 1</c>.</param>
    /// <param name="isClosed">Returns whether the link is closed in one of the further reads; null if it is not known.</param>
    public XenEventPathStep Evaluate(XenEventPathStep step, string open, Func<VcpuContext, bool?> isClosed)
    {
        var pointers = _reads.Select(read => read.Context?.InstructionPointer).OfType<ulong>().ToArray();
        if (pointers.Length < _reads.Count)
            return Unknown($", but where the vCPU was is not known ({facts.WhyNoContext ?? "its processor state is not known"})");
        if (!ContextSeries.IsSameLoop(pointers)) return Unknown(", at different places of its code: a busy kernel looks the same");
        if (GetProgress(_reads) is not { } progress) return Unknown($" {Place(pointers)}, but the run time of the vCPU is not known");
        var isAsleep = _reads.All(read => read.Run is { Blocked: true });
        if (progress == 0)
            return isAsleep
                ? step with { Evidence = $"{step.Evidence}, and the vCPU sleeps {Place(pointers)}" }
                : Unknown(", but the vCPU got no processor time");
        if (_reads.Any(read => read.Run is { Blocked: true }))
            return Unknown($" {Place(pointers)}, where the vCPU sleeps and wakes: one that waits for a lock looks the same");
        NeedsSeries |= facts.Series is null && _reads.All(read => read.Pending == true);
        if (facts.Series is not { } series) return Unknown($" {Place(pointers)}: a busy kernel can look the same");
        if (series.Count(context => isClosed(context) == false) is > 0 and var count)
            return step with
            {
                State = EventLinkState.Passes,
                Evidence = $"{step.Evidence}, but {open} in {count} of {series.Count} further reads",
            };
        ulong[] places = [.. pointers, .. series.Select(context => context.InstructionPointer).OfType<ulong>()];
        if (!ContextSeries.IsSameLoop(places))
            return Unknown(", in further reads at different places of its code: a busy kernel looks the same");
        var unread = series.FirstOrDefault(context => context.InstructionPointer is null || isClosed(context) is null);
        if (facts.WhyNoSeries is not null || unread is not null)
            return Unknown(
                $" {Place(pointers)}, which a busy kernel can show too: "
                    + (facts.WhyNoSeries ?? unread!.WhyUnknown ?? "further reads of the processor state are not known"));
        return step with { Evidence = $"{step.Evidence}, and the vCPU spins {Place(places)}, also in {series.Count} further reads" };

        XenEventPathStep Unknown(string why) => new(step.Link, EventLinkState.Unknown, step.Evidence + why, null);
    }

    private string Place(ulong[] pointers)
    {
        var (low, high) = (pointers.Min(), pointers.Max());
        var isCallback = isPv && _reads[^1].Context?.EventCallback == pointers[^1];
        return (low == high ? $"at 0x{low:x}" : $"from 0x{low:x} to 0x{high:x}") + (isCallback ? ", its event callback" : "");
    }
}
