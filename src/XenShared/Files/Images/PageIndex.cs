using XenShared.Layout;

namespace XenShared.Files.Images;

/// <summary>
/// Maps a guest's pages to offsets in a file. It stores runs of consecutive pages, so it stays small for guests of many GiB.
/// </summary>
public sealed class PageIndex
{
    private readonly PageRun[] _runs;

    // For each run, the number of pages in all runs before it. The method List finds the run with a given page by a binary search in these
    // numbers.
    private readonly ulong[] _before;

    // The indexes of the runs in ascending order of their frames. Null if _runs itself, which is in ascending order of the guest frame
    // numbers, has this order already.
    private readonly int[]? _byFrame;

    internal PageIndex(PageRun[] runs)
    {
        _runs = runs;
        _before = new ulong[runs.Length];
        var isInOrder = true;
        for (var at = 0; at < runs.Length; at++)
        {
            _before[at] = Count;
            Count += runs[at].Count;
            isInOrder &= at == 0 || runs[at].Frame >= runs[at - 1].Frame + runs[at - 1].Count;
        }
        if (isInOrder) return;
        _byFrame = [.. Enumerable.Range(0, runs.Length)];
        Array.Sort(Array.ConvertAll(_byFrame, run => runs[run].Frame), _byFrame);
    }

    /// <summary>Gets the number of pages.</summary>
    public ulong Count { get; }

    /// <summary>Gets the number of runs.</summary>
    internal int RunCount => _runs.Length;

    /// <summary>Lists pages in ascending order of guest frame numbers.</summary>
    /// <param name="first">The index of the first page to list.</param>
    /// <param name="pfns">Receives the guest frame numbers.</param>
    /// <param name="frames">Receives the numbers to map the pages with; as long as <paramref name="pfns"/>.</param>
    /// <returns>The number of listed pages, which is smaller than the buffer only at the end.</returns>
    public int List(ulong first, Span<ulong> pfns, Span<ulong> frames)
    {
        if (first >= Count) return 0;
        var run = Array.BinarySearch(_before, first);
        // If a run starts with this page, the search returns the index of this run. Otherwise it returns the bitwise complement of the
        // index of the next run, and the page is in the run before that one.
        if (run < 0) run = ~run - 1;
        var listed = 0;
        for (var within = first - _before[run]; listed < pfns.Length && run < _runs.Length; run++, within = 0)
        {
            for (; within < _runs[run].Count && listed < pfns.Length; within++)
            {
                pfns[listed] = _runs[run].Pfn + within;
                frames[listed++] = _runs[run].Frame + within;
            }
        }
        return listed;
    }

    /// <summary>Returns the file offset of the page with a frame number; null if the file has no such page.</summary>
    public long? OffsetOf(ulong frame)
    {
        var (low, high) = (0, _runs.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var run = _runs[_byFrame is null ? middle : _byFrame[middle]];
            if (frame < run.Frame) high = middle - 1;
            else if (frame - run.Frame >= run.Count) low = middle + 1;
            else return run.Offset + (long)(frame - run.Frame) * SharedInfoLayout.PageSize;
        }
        return null;
    }
}
