using System.Runtime.InteropServices;
using XenShared.Hypervisor;
using XenShared.Targets;

namespace XenShared.Guests.Memory;

/// <summary>Reads a PV guest's P2M table from a source with copies of its pages: a capture, or a remote host that sends captures.</summary>
internal sealed class RecordedP2mTable(IXenDataSource source, ushort domId)
{
    // The number of pages of the table per read. They contain the entries for 8 GiB of guest memory, and need 22 MB in a capture.
    private const ulong PagesPerRead = 4096;
    private const ulong LastPage = P2mPages.MaximumEntries / P2mTable.EntriesPerPage - 1;

    /// <summary>Reads all entries.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.NotSupportedByHost"/>: the source does not contain the entries.</exception>
    public IEnumerable<XenP2mEntry> Read(CancellationToken cancellation)
    {
        ulong pfn = 0;
        for (P2mPages? pages = null; pages is null || pfn < pages.EntryCount;)
        {
            cancellation.ThrowIfCancellationRequested();
            var first = pfn / P2mTable.EntriesPerPage;
            var next = Load(first, PagesPerRead);
            CheckSame(pages, next);
            pages = next;
            var end = Math.Min((first + PagesPerRead) * P2mTable.EntriesPerPage, pages.EntryCount);
            for (; pfn < end; pfn++) yield return ToEntry(pages, pfn);
        }
    }

    /// <summary>Reads some entries, in the order of their frame numbers in the list.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.NotSupportedByHost"/>: the source does not contain the entries.</exception>
    public IEnumerable<XenP2mEntry> Read(IReadOnlyList<ulong> pfns, CancellationToken cancellation)
    {
        for (var start = 0; start < pfns.Count;)
        {
            cancellation.ThrowIfCancellationRequested();
            // If the source is a remote host, each read runs a command there. So one read covers as many of the following numbers of the
            // list as possible: those whose entries are within PagesPerRead pages of the table.
            var (low, high) = (PageOf(pfns[start]), PageOf(pfns[start]));
            var end = start + 1;
            for (; end < pfns.Count; end++)
            {
                var page = PageOf(pfns[end]);
                if (Math.Max(high, page) - Math.Min(low, page) >= PagesPerRead) break;
                (low, high) = (Math.Min(low, page), Math.Max(high, page));
            }
            var pages = Load(low, high - low + 1);
            for (; start < end; start++) yield return ToEntry(pages, pfns[start]);
        }
    }

    /// <summary>
    /// Copies a range of the pages; null if the source has no table. A table of a remote host is read in parts, because an answer of the
    /// host has a limited size.
    /// </summary>
    /// <exception cref="XenException"><see cref="XenErrorId.NotSupportedByHost"/>: the table cannot be read.</exception>
    public P2mPages? Copy(ulong first, ulong count, CancellationToken cancellation)
    {
        if (!source.IsRemote) return source.ReadP2m(domId, first, count);
        P2mPages? all = null;
        for (ulong done = 0; done < count; done += PagesPerRead)
        {
            cancellation.ThrowIfCancellationRequested();
            if (all is not null && (first + done) * P2mTable.EntriesPerPage >= all.EntryCount) break;
            if (source.ReadP2m(domId, first + done, Math.Min(PagesPerRead, count - done)) is not { } part) return null;
            CheckSame(all, part);
            all ??= new P2mPages(part.EntryCount, first, count);
            foreach (var (index, page) in part.Pages) all.TryAdd(index, page);
        }
        return all;
    }

    // Returns the index of the page with the entry of a frame number, at most LastPage. A frame number beyond the end of the table has no
    // entry. To find this out, any page will do, because each read also returns the number of entries.
    private static ulong PageOf(ulong pfn) => Math.Min(pfn / P2mTable.EntriesPerPage, LastPage);

    private P2mPages Load(ulong first, ulong count) =>
        source.ReadP2m(domId, first, count)
        ?? throw Missing($"{source.DisplayName} does not contain the P2M table of domain {domId}");

    private XenP2mEntry ToEntry(P2mPages pages, ulong pfn)
    {
        if (!pages.Covers(pfn)) throw Missing($"{source.DisplayName} does not contain the P2M entry of frame 0x{pfn:x} of domain {domId}");
        ulong? entry = pfn < pages.EntryCount && pages.Pages.TryGetValue(pfn / P2mTable.EntriesPerPage, out var page)
            ? MemoryMarshal.Cast<byte, ulong>(page.Span)[(int)(pfn % P2mTable.EntriesPerPage)]
            : null;
        return P2mTable.ToEntry(domId, pfn, entry);
    }

    // Throws if two parts are not from the same table, because the guest has started again between the two reads.
    private void CheckSame(P2mPages? before, P2mPages now)
    {
        if (before is null || before.EntryCount == now.EntryCount) return;
        throw new XenException(
            XenErrorId.NotSupportedByHost,
            $"The P2M table of domain {domId} had {before.EntryCount} entries at first and then {now.EntryCount}",
            "read it again")
        {
            DomId = domId,
        };
    }

    private XenException Missing(string problem) =>
        new(XenErrorId.NotSupportedByHost, problem, "use the host itself")
        {
            DomId = domId,
        };
}
