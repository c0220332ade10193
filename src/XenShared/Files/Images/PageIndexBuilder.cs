using XenShared.Layout;

namespace XenShared.Files.Images;

/// <summary>
/// Collects where the pages of a guest are in a file. A page that comes again replaces the one before, as in a migration of a running
/// guest.
/// </summary>
internal sealed class PageIndexBuilder(int maximumRuns)
{
    private readonly List<PageRun> _runs = [];

    /// <summary>Gets a value indicating whether the memory is in more pieces than are kept.</summary>
    public bool IsFull => _runs.Count >= maximumRuns;

    /// <summary>Takes down one page.</summary>
    /// <param name="pfn">The guest's number of it; below 2^52.</param>
    /// <param name="frame">The number it is asked for by; below 2^52.</param>
    /// <param name="offset">Where it is in the file; negative when the guest has it no more.</param>
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

    /// <summary>Returns the index.</summary>
    public PageIndex Build()
    {
        var isInOrder = true;
        for (var at = 1; at < _runs.Count && isInOrder; at++) isInOrder = _runs[at].Pfn >= _runs[at - 1].End;
        return new PageIndex([.. (isInOrder ? _runs : Latest()).Where(run => run.Offset >= 0)]);
    }

    // Goes through the numbers in their order, with the runs that reach there, the latest of them on top.
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
