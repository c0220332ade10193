namespace XenShared.Files.Images;

/// <summary>Represents pages that are consecutive in the guest, in its frames, and in the file.</summary>
/// <param name="Pfn">The guest frame number of the first page.</param>
/// <param name="Frame">The number to map it with.</param>
/// <param name="Offset">The offset in the file; negative if the guest no longer has the pages.</param>
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
