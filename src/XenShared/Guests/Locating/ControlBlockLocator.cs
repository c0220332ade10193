using XenShared.Files;
using XenShared.Guests.Deduction;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Guests.Locating;

/// <summary>
/// Reads the control blocks of FIFO events (<c>evtchn_fifo_control_block</c>) at places that look like one. A control block is proved if it
/// has changed and still matches the ports, or if each ready queue begins with an event whose word has the LINKED bit.
/// </summary>
internal sealed class ControlBlockLocator(IXenDataSource target, IGuestMemory memory)
{
    private const string Moved = "it matches the ports, and it changed";
    private const string Linked = "it matches the ports, and each queue that is ready begins with an event that is in a queue";
    private const string Candidate = "it matches the ports, but it did not change; a program in the guest can have such a page too";

    /// <summary>
    /// Reads the control blocks at known places. A place that no longer matches the ports is left out. If several places match the same
    /// vCPU, none of them is returned.
    /// </summary>
    /// <param name="guest">The guest, with its event array.</param>
    /// <param name="locations">The places, with their content at the last read; empty content if they have not been read yet.</param>
    /// <param name="updated">The places that match, with their present content, for the next read.</param>
    public IReadOnlyList<LocatedControlBlock> Read(
        GuestInspection guest,
        IReadOnlyList<ControlBlockLocation> locations,
        out IReadOnlyList<ControlBlockLocation> updated)
    {
        var domId = guest.Domain.DomId;
        var takenAt = TimeProvider.System.GetUtcNow();
        var before = target.ReadPorts(domId);
        var copies = new byte[]?[locations.Count];
        memory.VisitFrames(domId, [.. locations.Select(place => place.Frame)], (index, live) =>
        {
            var copy = new byte[live.Length];
            SeqlockRange.CopyWords(live, copy);
            copies[index] = copy;
        });
        var words = ReadWords(guest, domId);
        // A port that is closed or bound meanwhile can make a comparison fail, so the ports before and after the copy are tried.
        ControlBlockPattern[] patterns = [new(before), new(target.ReadPorts(domId))];
        var now = new List<ControlBlockLocation>();
        foreach (var (place, copy) in locations.Zip(copies))
        {
            if (copy is null || patterns.Select(pattern => pattern.FindVcpu(copy)).FirstOrDefault(vcpu => vcpu is not null) is not { } vcpu)
                continue;
            var content = copy.AsMemory(0, ControlBlockContent.Size);
            var isSame = place.Vcpu == vcpu;
            var evidence =
                isSame && place.Evidence is { } known ? known
                : isSame && place.Content.Length == content.Length && !place.Content.Span.SequenceEqual(content.Span) ? Moved
                : IsLinked(ControlBlockContent.Decode(content.Span), words) ? Linked
                : null;
            now.Add(new ControlBlockLocation(vcpu, place.Pfn, place.Frame, evidence, content.ToArray()));
        }
        updated = now;
        return
        [
            .. now.GroupBy(place => place.Vcpu)
                .Where(places => places.Count() == 1)
                .Select(places => places.First())
                .OrderBy(place => place.Vcpu)
                .Select(place => new LocatedControlBlock(
                    place.Vcpu,
                    place.Pfn,
                    place.Frame,
                    takenAt,
                    ControlBlockContent.Decode(place.Content.Span),
                    place.Evidence ?? Candidate)
                {
                    IsProved = place.Evidence is not null,
                }),
        ];
    }

    // Reads the pages of the event array again, because the heads of the queues change often.
    private LocatedEventArray? ReadWords(GuestInspection guest, ushort domId) =>
        guest.EventArray is { } array
            ? new EventArrayLocator(target, memory)
                .Read(domId, [.. array.Pages.Select(page => new EventPageLocation(page.Index, page.Pfn, page.Frame))])
            : null;

    private static bool IsLinked(ControlBlockContent block, LocatedEventArray? array) =>
        array is not null
        && block.Ready != 0
        && Enumerable.Range(0, ControlBlockContent.QueueCount)
            .Where(block.IsReady)
            .All(queue => array.FindWord(block.Heads[queue]) is { IsLinked: true });
}
