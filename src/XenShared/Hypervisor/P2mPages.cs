namespace XenShared.Hypervisor;

/// <summary>
/// Holds copies of consecutive pages of a PV guest's P2M table. Each page has 512 entries of 64 bits (Linux:
/// <c>arch/x86/include/asm/xen/page.h</c>).
/// </summary>
public sealed class P2mPages
{
    /// <summary>
    /// The maximum number of entries: enough for 4 TiB of guest memory. A limit is necessary because the guest sets the number.
    /// </summary>
    public const ulong MaximumEntries = 1UL << 30;

    /// <summary>The number of entries in a page.</summary>
    internal const ulong EntriesPerPage = 512;

    private readonly Dictionary<ulong, ReadOnlyMemory<byte>> _pages = [];

    /// <summary>Creates a range of pages without their copies, which <see cref="TryAdd"/> adds.</summary>
    /// <param name="entryCount">The number of entries in the whole table.</param>
    /// <param name="first">The index of the first page.</param>
    /// <param name="count">The number of pages from <paramref name="first"/> on that were read, including those that turned out to be
    /// missing.</param>
    public P2mPages(ulong entryCount, ulong first, ulong count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(entryCount, MaximumEntries);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(first, MaximumEntries);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaximumEntries);
        (EntryCount, First, Count) = (entryCount, first, count);
    }

    /// <summary>Gets the number of entries in the whole table, according to the guest.</summary>
    public ulong EntryCount { get; }

    /// <summary>Gets the index of the first page that was read.</summary>
    public ulong First { get; }

    /// <summary>Gets the number of pages that were read, including those that turned out to be missing.</summary>
    public ulong Count { get; }

    /// <summary>
    /// Gets the copies of the pages by their index. A page that the guest does not have, or that Xen does not map, is missing.
    /// </summary>
    public IReadOnlyDictionary<ulong, ReadOnlyMemory<byte>> Pages => _pages;

    /// <summary>Determines whether the state of a PFN's entry is known: either its page was read, or the table ends before it.</summary>
    public bool Covers(ulong pfn) => pfn >= EntryCount || pfn / EntriesPerPage is var page && page >= First && page - First < Count;

    /// <summary>Adds the copy of a page.</summary>
    /// <returns>False if the page is outside the range that was read or outside the table, or if it was added before.</returns>
    internal bool TryAdd(ulong index, ReadOnlyMemory<byte> page) =>
        index * EntriesPerPage is var pfn && index < MaximumEntries && pfn < EntryCount && Covers(pfn) && _pages.TryAdd(index, page);
}
