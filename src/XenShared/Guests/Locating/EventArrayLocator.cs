using XenShared.Files;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Targets;

using XenShared.Guests.Memory;
namespace XenShared.Guests.Locating;

/// <summary>Identifies the pages of a guest's event array among the pages that look like it, and reads them.</summary>
internal sealed class EventArrayLocator(IXenDataSource target, IGuestMemory memory)
{
    // A page of the event array is accepted if its words match the states of the ports. If a port is bound or closed while the pages are
    // read, they do not match. So the comparison is repeated up to this many times.
    private const int Attempts = 3;

    /// <summary>
    /// Assigns pages to indexes of the array. Each page must match the present state of the ports. If several pages match one index, that
    /// index remains unassigned, because nothing shows which page is real.
    /// </summary>
    /// <returns>The array, or why it is not known.</returns>
    public (LocatedEventArray? Array, XenException? WhyNot) Assign(ushort domId, IReadOnlyList<GuestAddress> found, ulong frames)
    {
        var ambiguous = 0;
        var candidates = 0;
        for (var attempt = 0; attempt < Attempts && found.Count > 0; attempt++)
        {
            var before = target.ReadPorts(domId);
            var takenAt = TimeProvider.System.GetUtcNow();
            var copies = Copy(domId, found);
            var pattern = new EventArrayPattern(InUse(before, target.ReadPorts(domId)));
            var pages = new List<EventArrayPage>();
            ambiguous = candidates = 0;
            for (var index = 0; index < pattern.PageCount; index++)
            {
                var fitting = copies
                    .Where(copy => pattern.Fits(copy.Bytes, index) && pages.TrueForAll(page => page.Frame != copy.Page.Frame))
                    .ToArray();
                candidates += fitting.Length;
                ambiguous += fitting.Length > 1 ? 1 : 0;
                if (fitting is [var (page, bytes)]) pages.Add(new EventArrayPage(index, page.Pfn, page.Frame, bytes));
                // If page 0 of the array is not found, it is not known which page of the array each of the others is. So the search ends.
                else if (index == 0) break;
            }
            if (pages.Count == 0) continue;
            var evidence = $"the only {(pages.Count == 1 ? "page" : $"{pages.Count} pages")} of {frames} whose words are masked for every "
                + $"port that is not in use, and not for those that the guest uses";
            return (new LocatedEventArray(takenAt, pages, evidence), null);
        }
        var whyNot = ScanCache.NotLocated(
            domId,
            ambiguous > 0
                ? $"The memory of domain {domId} has {candidates} pages that could be its event array, and nothing shows which "
                    + $"of them it is"
                : $"None of the {frames} pages of domain {domId} can be its event array",
            "read its channels from Xen (source Hypervisor)");
        return (null, whyNot);
    }

    /// <summary>Reads an array at a known place; null if it is no longer there.</summary>
    public LocatedEventArray? Read(ushort domId, IReadOnlyList<EventPageLocation> locations)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var before = target.ReadPorts(domId);
            var takenAt = TimeProvider.System.GetUtcNow();
            var copies = Copy(domId, [.. locations.Select(page => new GuestAddress(page.Pfn, page.Frame))]);
            var pattern = new EventArrayPattern(InUse(before, target.ReadPorts(domId)));
            if (copies.Count != locations.Count)
                return null;
            var pages = locations
                .Select((location, at) => new EventArrayPage(location.Index, location.Pfn, location.Frame, copies[at].Bytes))
                .ToArray();
            // PageCount is the number of pages that the ports in use need. A page with an index from PageCount on has only closed ports, so
            // it is not compared. All other pages must match the ports.
            if (pages.Length > 0
                && pages[0].Index == 0
                && pages.All(page => page.Index >= pattern.PageCount || pattern.Fits(page.Bytes.Span, page.Index)))
                return new(takenAt, pages, "where it was found before; it still matches the ports");
        }
        return null;
    }

    private List<(GuestAddress Page, byte[] Bytes)> Copy(ushort domId, IReadOnlyList<GuestAddress> found)
    {
        var copies = new List<(GuestAddress, byte[])>(found.Count);
        memory.VisitFrames(domId, [.. found.Select(page => page.Frame)], (index, live) =>
        {
            var copy = new byte[live.Length];
            SeqlockRange.CopyWords(live, copy);
            copies.Add((found[index], copy));
        });
        return copies;
    }

    /// <summary>
    /// Returns the ports that were in use before or after a copy. Their words may be masked or not, so only the words of the other ports
    /// must be masked.
    /// </summary>
    internal static PortTable InUse(PortTable before, PortTable after) => new(
        Math.Max(before.ValidPorts, after.ValidPorts),
        [.. after.Bound.Concat(before.Bound).Where(port => port.IsBound).DistinctBy(port => port.Port).OrderBy(port => port.Port)]);
}
