using XenShared.Layout;

namespace XenShared.Files.Images;

/// <summary>
/// Builds the index of a guest's pages in a file. If the file contains a page several times, the last copy counts: the save of a running
/// guest writes pages again that the guest has changed meanwhile.
/// </summary>
internal sealed class PageIndexBuilder(int maximumRuns)
{
    private readonly List<PageRun> _runs = [];

    /// <summary>Gets a value indicating whether the number of runs has reached the limit.</summary>
    public bool IsFull => _runs.Count >= maximumRuns;

    /// <summary>Adds a page.</summary>
    /// <param name="pfn">The guest frame number; below 2^52.</param>
    /// <param name="frame">The number to map it with; below 2^52.</param>
    /// <param name="offset">The offset in the file; negative if the guest no longer has the page.</param>
    public void Add(ulong pfn, ulong frame, long offset)
    {
        if (_runs.Count > 0 && _runs[^1] is var last && pfn == last.End && frame == last.Frame + last.Count
            && (offset < 0 ? last.Offset < 0 : last.Offset >= 0 && offset == last.Offset + (long)last.Count * SharedInfoLayout.PageSize))
        {
            _runs[^1] = last with { Count = last.Count + 1 };
            return;
        }
        _runs.Add(new PageRun(pfn, frame, offset, 1));
    }

    /// <summary>Builds the index.</summary>
    public PageIndex Build()
    {
        var isInOrder = true;
        for (var at = 1; at < _runs.Count && isInOrder; at++) isInOrder = _runs[at].Pfn >= _runs[at - 1].End;
        return new PageIndex([.. (isInOrder ? _runs : Latest()).Where(run => run.Offset >= 0)]);
    }

    // Returns runs that do not overlap, in ascending order. The starts and ends of all runs divide the memory into pieces. For each piece,
    // the run that was added last is used.
    private List<PageRun> Latest()
    {
        var byStart = Enumerable.Range(0, _runs.Count).OrderBy(run => _runs[run].Pfn).ToArray();
        var edges = new SortedSet<ulong>(_runs.Select(run => run.Pfn).Concat(_runs.Select(run => run.End))).ToArray();
        var reaching = new PriorityQueue<int, int>();
        var latest = new List<PageRun>();
        var next = 0;
        for (var edge = 0; edge + 1 < edges.Length; edge++)
        {
            var (start, end) = (edges[edge], edges[edge + 1]);
            while (next < byStart.Length && _runs[byStart[next]].Pfn == start) reaching.Enqueue(byStart[next], -byStart[next++]);
            while (reaching.TryPeek(out var past, out _) && _runs[past].End <= start) reaching.Dequeue();
            if (reaching.TryPeek(out var run, out _)) latest.Add(_runs[run].From(start) with { Count = end - start });
        }
        return latest;
    }
}
