namespace XenShared.Files.Images;

/// <summary>Represents a run of pages: their guest frame numbers, their frames and their offsets in the file are all consecutive.</summary>
/// <param name="Pfn">The guest frame number of the first page.</param>
/// <param name="Frame">The number to map the first page with: an MFN for PV in a core dump, otherwise the same as
/// <paramref name="Pfn"/>.</param>
/// <param name="Offset">The file offset of the first page; negative if the guest no longer has the pages.</param>
/// <param name="Count">The number of pages.</param>
internal readonly record struct PageRun(ulong Pfn, ulong Frame, long Offset, ulong Count)
{
    /// <summary>Gets the guest frame number after the last page.</summary>
    public ulong End => Pfn + Count;

    /// <summary>Returns the rest of the run, from the given guest frame number on.</summary>
    public PageRun From(ulong pfn) =>
        this with
        {
            Pfn = pfn,
            Frame = Frame + (pfn - Pfn),
            Offset = Offset < 0 ? Offset : Offset + (long)(pfn - Pfn) * Layout.SharedInfoLayout.PageSize,
            Count = End - pfn,
        };
}
