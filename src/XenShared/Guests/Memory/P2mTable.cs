using System.Runtime.InteropServices;
using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Guests.Memory;

/// <summary>
/// Reads the table of a 64-bit PV guest that maps guest frame numbers (PFNs) to machine frame numbers (MFNs). The shared page shows where
/// the table is: it is a list in virtual memory, found through page tables (<c>arch.p2m_cr3</c>, <c>p2m_vaddr</c>), or a tree
/// (<c>pfn_to_mfn_frame_list_list</c>). The guest writes all of these, so a frame number is used only if Xen permits mapping the frame.
/// </summary>
public sealed class P2mTable : IFrameList
{
    /// <summary>The number of entries in a page of the table, which is the same at every level.</summary>
    internal const int EntriesPerPage = SharedInfoLayout.PageSize / sizeof(ulong);

    // Bits of an entry in Linux's table (arch/x86/include/asm/xen/page.h): INVALID_P2M_ENTRY for no frame, FOREIGN_FRAME_BIT for a frame of
    // another domain, and IDENTITY_FRAME_BIT for a frame of a device.
    private const ulong Invalid = ulong.MaxValue;
    private const ulong ForeignBit = 1UL << 63;
    private const ulong IdentityBit = 1UL << 62;

    private const ulong PresentBit = 1;
    private const ulong LargePageBit = 1 << 7;
    private const ulong PteFrameBits = 0x000f_ffff_ffff_f000;
    private const int PageTableLevels = 4;

    private readonly IGuestMemory _memory;
    private readonly ushort _domId;
    private readonly ulong? _ownPages;
    private readonly ulong _listAddress;
    private readonly ulong _listRoot;
    private readonly ulong _treeRoot;

    // For each level, the page of the table that was read last, because neighbouring entries are in the same page. Level 0 contains the
    // entries themselves. Entries is null if the frame could not be mapped. Then this is not tried again for each of the up to two million
    // pages of the table.
    private readonly (ulong Frame, ulong[]? Entries)?[] _tables = new (ulong, ulong[]?)?[PageTableLevels + 1];

    private P2mTable(IGuestMemory memory, ushort domId, ulong? ownPages, ArchInfoContent arch)
    {
        _memory = memory;
        _domId = domId;
        _ownPages = ownPages;
        Count = Math.Min(arch.MaxPfn, P2mPages.MaximumEntries);
        if (arch.P2mCr3 != 0 && arch.P2mVaddr != 0)
            (_listRoot, _listAddress) = ((arch.P2mCr3 & PteFrameBits) / SharedInfoLayout.PageSize, arch.P2mVaddr);
        else
            _treeRoot = arch.PfnToMfnFrameListList;
    }

    /// <summary>Gets the number of entries according to the guest, up to a limit.</summary>
    public ulong Count { get; }

    /// <summary>Returns the table of a guest; null if the page does not contain the place of the table.</summary>
    /// <param name="memory">Its memory.</param>
    /// <param name="domId">The guest.</param>
    /// <param name="ownPages">The number of the guest's pages according to Xen. A table with more pages is not trusted. Null if not
    /// known.</param>
    /// <param name="arch">The architecture part of its page.</param>
    public static P2mTable? Open(IGuestMemory memory, ushort domId, ulong? ownPages, ArchInfoContent arch)
    {
        ArgumentNullException.ThrowIfNull(memory);
        var hasList = arch.P2mCr3 != 0 && arch.P2mVaddr != 0;
        var hasTree = arch.PfnToMfnFrameListList is not (0 or ulong.MaxValue);
        return arch.MaxPfn > 0 && (hasList || hasTree) ? new P2mTable(memory, domId, ownPages, arch) : null;
    }

    /// <summary>Returns one entry.</summary>
    public XenP2mEntry ReadEntry(ulong pfn)
    {
        var leaf = pfn < Count ? ReadLeaf(pfn / EntriesPerPage) : null;
        return ToEntry(_domId, pfn, leaf?[pfn % EntriesPerPage]);
    }

    /// <summary>Copies a range of the table's pages.</summary>
    /// <param name="first">The index of the first page.</param>
    /// <param name="count">The number of pages.</param>
    /// <param name="cancellation">Cancels copying. It is polled for each page.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.NotSupportedByHost"/>: the table lists more frames than the guest
    /// has.</exception>
    internal P2mPages Copy(ulong first, ulong count, CancellationToken cancellation)
    {
        var pages = new P2mPages(Count, first, count);
        ulong listed = 0;
        var end = Math.Min(first + count, (Count + EntriesPerPage - 1) / EntriesPerPage);
        for (var index = first; index < end; index++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (ReadLeaf(index) is not { } leaf) continue;
            // A guest can list the same page in its table any number of times. So the number of entries is limited to about the number of
            // pages that the guest has.
            listed += (ulong)leaf.Count(IsOwn);
            if (listed > _ownPages + EntriesPerPage) throw TooMany();
            pages.TryAdd(index, MemoryMarshal.AsBytes<ulong>(leaf).ToArray());
        }
        return pages;
    }

    /// <inheritdoc/>
    /// <exception cref="XenException"><see cref="XenErrorId.NotSupportedByHost"/>: the table lists more frames than the guest
    /// has.</exception>
    public IEnumerable<FrameBatch> Read()
    {
        var pfns = new ulong[EntriesPerPage];
        var frames = new ulong[EntriesPerPage];
        ulong listed = 0;
        for (ulong first = 0; first < Count; first += EntriesPerPage)
        {
            var end = Math.Min(first + EntriesPerPage, Count);
            var found = 0;
            if (ReadLeaf(first / EntriesPerPage) is { } leaf)
            {
                for (var pfn = first; pfn < end; pfn++)
                {
                    if (leaf[pfn - first] is var entry && !IsOwn(entry)) continue;
                    pfns[found] = pfn;
                    frames[found++] = entry;
                }
            }
            listed += (ulong)found;
            if (listed > _ownPages + EntriesPerPage) throw TooMany();
            yield return new FrameBatch(pfns.AsMemory(0, found), frames.AsMemory(0, found), end);
        }
    }

    // Determines whether an entry is a frame of the guest's own memory. Frames of other domains and of devices are not searched.
    private static bool IsOwn(ulong entry) => (entry & (ForeignBit | IdentityBit)) == 0;

    /// <summary>Converts an entry of a table. A null entry, whose page is missing, becomes <see cref="P2mState.Missing"/>.</summary>
    internal static XenP2mEntry ToEntry(ushort domId, ulong pfn, ulong? entry) => new()
    {
        DomId = domId,
        Pfn = pfn,
        Mfn = entry is null or Invalid ? null : entry & ~(ForeignBit | IdentityBit),
        State = entry switch
        {
            null or Invalid => P2mState.Missing,
            { } value when (value & ForeignBit) != 0 => P2mState.Foreign,
            { } value when (value & IdentityBit) != 0 => P2mState.Identity,
            _ => P2mState.Mapped,
        },
    };

    // Returns a page of the table; null if there is none. It has the entries of 512 frame numbers, beginning with 512 times the index.
    private ulong[]? ReadLeaf(ulong index)
    {
        var frame = _listRoot != 0 ? ListFrame(index) : TreeFrame(index);
        return frame is { } known ? ReadTable(known, 0) : null;
    }

    private ulong? ListFrame(ulong index)
    {
        var address = _listAddress + index * SharedInfoLayout.PageSize;
        var frame = _listRoot;
        for (var level = PageTableLevels; level > 0; level--)
        {
            if (ReadTable(frame, level) is not { } table) return null;
            var entry = table[address >> (3 + 9 * level) & (EntriesPerPage - 1)];
            // PV guests have no large pages unless an option of Xen allows them. So an entry for a large page is treated as if it were
            // missing.
            if ((entry & PresentBit) == 0 || level > 1 && (entry & LargePageBit) != 0) return null;
            frame = (entry & PteFrameBits) / SharedInfoLayout.PageSize;
        }
        return frame;
    }

    private ulong? TreeFrame(ulong index)
    {
        var top = index / EntriesPerPage;
        if (top >= EntriesPerPage || ReadTable(_treeRoot, 2) is not { } root || root[top] is 0 or Invalid) return null;
        return ReadTable(root[top], 1) is { } middle && middle[index % EntriesPerPage] is var leaf and not (0 or Invalid) ? leaf : null;
    }

    private ulong[]? ReadTable(ulong frame, int level)
    {
        if (_tables[level] is { } table && table.Frame == frame) return table.Entries;
        var entries = new ulong[EntriesPerPage];
        var isMapped = _memory.VisitFrames(_domId, [frame], (_, page) => MemoryMarshal.Cast<byte, ulong>(page).CopyTo(entries)) != 0;
        _tables[level] = (frame, isMapped ? entries : null);
        return isMapped ? entries : null;
    }

    private XenException TooMany() =>
        new(
            XenErrorId.NotSupportedByHost,
            $"The P2M table of domain {_domId} lists more frames than the {_ownPages} that the domain has, so it cannot be trusted",
            "read its channels from Xen (source Hypervisor)")
        {
            DomId = _domId,
        };
}
