using XenShared.Guests.Memory;
using XenShared.Targets;

namespace XenShared.Guests.Locating;

/// <summary>One pass over all of a guest's memory, for all that looks like a page of its event array or a vCPU's record.</summary>
public sealed class GuestMemoryScanner
{
    // Mapped at once: 2 MiB, so that memory stays flat and Ctrl+C is heard soon.
    private const int FramesAtOnce = 512;

    // A guest that fills its memory with imitations gets no answer, rather than our memory.
    private const int MaximumPages = 1024;
    private const int MaximumRecords = 1024;

    private readonly List<GuestAddress> _pages = [];
    private readonly List<GuestAddress> _records = [];
    private readonly HashSet<ulong> _seenPages = [];
    private readonly HashSet<(ulong Frame, int Offset)> _seenRecords = [];

    private GuestMemoryScanner()
    {
    }

    /// <summary>Pages that may be the event array's, in the order of their numbers.</summary>
    public IReadOnlyList<GuestAddress> Pages => _pages;

    /// <summary>Places that may be records, in the order of their numbers.</summary>
    public IReadOnlyList<GuestAddress> Records => _records;

    /// <summary>Frames that were looked at.</summary>
    public ulong Frames { get; private set; }

    /// <summary>Gets a value indicating whether there are more finds than anybody would believe.</summary>
    public bool IsFlooded => _pages.Count >= MaximumPages || _records.Count >= MaximumRecords;

    /// <summary>Searches.</summary>
    /// <param name="memory">Where.</param>
    /// <param name="domId">Whose.</param>
    /// <param name="list">Its frames.</param>
    /// <param name="array">What the event array looks like; null when it is not wanted.</param>
    /// <param name="record">What a record looks like; null when none is wanted.</param>
    /// <param name="progress">Told how far it is, a few times a second; null for nobody.</param>
    /// <param name="cancellation">Ends it within milliseconds.</param>
    public static GuestMemoryScanner Run(
        IGuestMemory memory,
        ushort domId,
        IFrameList list,
        IPagePattern? array,
        VcpuInfoPattern? record,
        Action<ulong, TimeSpan>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(memory);
        ArgumentNullException.ThrowIfNull(list);
        var scan = new GuestMemoryScanner();
        var start = TimeProvider.System.GetTimestamp();
        var reported = TimeSpan.Zero;
        foreach (var batch in list.Read())
        {
            for (var first = 0; first < batch.Frames.Length && !scan.IsFlooded; first += FramesAtOnce)
            {
                cancellation.ThrowIfCancellationRequested();
                var length = Math.Min(FramesAtOnce, batch.Frames.Length - first);
                scan.Scan(memory, domId, batch.Pfns.Slice(first, length), batch.Frames.Slice(first, length), array, record);
            }
            cancellation.ThrowIfCancellationRequested();
            if (scan.IsFlooded) break;
            if (progress is null) continue;
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            if (elapsed - reported < TimeSpan.FromMilliseconds(200)) continue;
            reported = elapsed;
            progress(batch.Position, elapsed);
        }
        return scan;
    }

    private void Scan(
        IGuestMemory memory,
        ushort domId,
        ReadOnlyMemory<ulong> pfns,
        ReadOnlyMemory<ulong> frames,
        IPagePattern? array,
        VcpuInfoPattern? record
    ) => Frames += (ulong)memory.VisitFrames(domId, frames.Span, (index, page) =>
            {
                var (pfn, frame) = (pfns.Span[index], frames.Span[index]);
                // A PV guest can list one frame under several numbers; it is one place all the same.
                if (array?.Resembles(page) == true && _seenPages.Add(frame))
                    _pages.Add(new GuestAddress(pfn, frame));
                for (var at = record?.Next(page, 0) ?? -1; at >= 0; at = record!.Next(page, at + sizeof(ulong)))
                {
                    if (_seenRecords.Add((frame, at)))
                        _records.Add(new GuestAddress(pfn, frame, at));
                }
            });
}
