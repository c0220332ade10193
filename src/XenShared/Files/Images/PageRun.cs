namespace XenShared.Files.Images;

/// <summary>Pages that follow each other in a guest, in its frames, and in a file.</summary>
/// <param name="Pfn">The guest's number of the first.</param>
/// <param name="Frame">The number it is asked for by.</param>
/// <param name="Offset">Where it is in the file; negative when the guest has no such page any more.</param>
/// <param name="Count">How many there are.</param>
internal readonly record struct PageRun(ulong Pfn, ulong Frame, long Offset, ulong Count)
{
    /// <summary>Gets the guest's number behind the last.</summary>
    public ulong End => Pfn + Count;

    /// <summary>Returns those from the given one on.</summary>
    public PageRun From(ulong pfn) =>
        this with
        {
            Pfn = pfn,
            Frame = Frame + (pfn - Pfn),
            Offset = Offset < 0 ? Offset : Offset + (long)(pfn - Pfn) * Layout.SharedInfoLayout.PageSize,
            Count = End - pfn,
        };
}
