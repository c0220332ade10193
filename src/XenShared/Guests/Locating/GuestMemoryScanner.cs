using XenShared.Guests.Memory;
using XenShared.Targets;

namespace XenShared.Guests.Locating;

/// <summary>
/// Searches all of a guest's memory once, for pages that look like its event array or a control block, and for places that look like vCPU
/// records (<c>vcpu_info</c>).
/// </summary>
public sealed class GuestMemoryScanner
{
    // The number of frames that are mapped at once: 2 MiB. The number is small, so the search needs little memory and Ctrl+C works quickly.
    private const int FramesAtOnce = 512;

    // A guest could fill its memory with data that looks like arrays, records or control blocks. To limit the memory use of this process,
    // the search stops after this many pages or records, and ignores further control blocks.
    private const int MaximumPages = 1024;
    private const int MaximumRecords = 1024;
    private const int MaximumBlocks = 1024;

    private readonly List<GuestAddress> _pages = [];
    private readonly List<GuestAddress> _records = [];
    private readonly List<GuestAddress> _blocks = [];
    private readonly HashSet<ulong> _seenPages = [];
    private readonly HashSet<(ulong Frame, int Offset)> _seenRecords = [];
    private readonly HashSet<ulong> _seenBlocks = [];

    private GuestMemoryScanner()
    {
    }

    /// <summary>Gets the pages that can belong to the event array, in the order of their guest frame numbers.</summary>
    public IReadOnlyList<GuestAddress> Pages => _pages;

    /// <summary>Gets the places that can be vCPU records, in the order of their guest frame numbers and offsets.</summary>
    public IReadOnlyList<GuestAddress> Records => _records;

    /// <summary>Gets the pages that can be control blocks of FIFO events, in the order of their guest frame numbers.</summary>
    public IReadOnlyList<GuestAddress> ControlBlocks => _blocks;

    /// <summary>
    /// Gets a value indicating whether the limit of control blocks is reached, so that further pages that look like one are ignored.
    /// </summary>
    public bool HasTooManyBlocks => _blocks.Count >= MaximumBlocks;

    /// <summary>Gets the number of searched frames.</summary>
    public ulong Frames { get; private set; }

    /// <summary>Gets a value indicating whether the search stopped because it reached the limit of results.</summary>
    public bool IsFlooded => _pages.Count >= MaximumPages || _records.Count >= MaximumRecords;

    /// <summary>Searches the memory.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="domId">The domain.</param>
    /// <param name="list">The frames to search.</param>
    /// <param name="array">The pattern of the event array; null to skip it.</param>
    /// <param name="record">The pattern of vCPU records; null to skip them.</param>
    /// <param name="block">The pattern of control blocks; null to skip them.</param>
    /// <param name="progress">The callback for progress, called a few times per second; null for none.</param>
    /// <param name="cancellation">Cancels the search within milliseconds.</param>
    public static GuestMemoryScanner Run(
        IGuestMemory memory,
        ushort domId,
        IFrameList list,
        IPagePattern? array,
        VcpuInfoPattern? record,
        IPagePattern? block,
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
                scan.Scan(memory, domId, batch.Pfns.Slice(first, length), batch.Frames.Slice(first, length), array, record, block);
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
        VcpuInfoPattern? record,
        IPagePattern? block
    ) => Frames += (ulong)memory.VisitFrames(domId, frames.Span, (index, page) =>
            {
                var (pfn, frame) = (pfns.Span[index], frames.Span[index]);
                // A PV guest can list the same frame under several guest frame numbers. Such a frame is added only once.
                if (array?.Resembles(page) == true && _seenPages.Add(frame))
                    _pages.Add(new GuestAddress(pfn, frame));
                if (!HasTooManyBlocks && block?.Resembles(page) == true && _seenBlocks.Add(frame))
                    _blocks.Add(new GuestAddress(pfn, frame));
                for (var at = record?.Next(page, 0) ?? -1; at >= 0; at = record!.Next(page, at + sizeof(ulong)))
                {
                    if (_seenRecords.Add((frame, at)))
                        _records.Add(new GuestAddress(pfn, frame, at));
                }
            });
}
