using XenShared.Targets;

namespace XenShared.Guests.Memory;

/// <summary>
/// Lists the frames of a guest with translated frame numbers (PVH, HVM). Most of the numbers are holes, so the host is queried for those
/// with memory, 1,024 numbers at a time.
/// </summary>
public sealed class TranslatedFrames : IFrameList
{
    // The number of frame numbers per query. This is also the maximum number of frames in a batch.
    private const int Step = 1024;

    // The maximum number of frames: 4 TiB of memory, as for a PV guest (P2mTable). There is a limit because the guest determines its
    // highest frame, and each query covers only Step frames.
    private const ulong MaximumFrames = 1UL << 30;

    private readonly IGuestMemory _memory;
    private readonly ushort _domId;

    /// <summary>Creates the list.</summary>
    /// <exception cref="XenException">The guest has ended, or its highest frame is beyond the limit.</exception>
    public TranslatedFrames(IGuestMemory memory, ushort domId)
    {
        ArgumentNullException.ThrowIfNull(memory);
        _memory = memory;
        _domId = domId;
        Count = memory.ReadHighestFrame(domId) + 1;
        if (Count is 0 or > MaximumFrames)
        {
            throw new XenException(
                XenErrorId.NotSupportedByHost,
                $"The memory of domain {domId} reaches up to frame 0x{Count - 1:x}, too far to be searched",
                "read its channels from Xen (source Hypervisor)")
            {
                DomId = domId,
            };
        }
    }

    /// <inheritdoc/>
    public ulong Count { get; }

    /// <inheritdoc/>
    public IEnumerable<FrameBatch> Read()
    {
        var hasMemory = new bool[Step];
        var frames = new ulong[Step];
        for (ulong first = 0; first < Count; first += Step)
        {
            var length = (int)Math.Min(Step, Count - first);
            // If the host cannot report which frames have memory, each frame is listed, and mapping shows whether it exists.
            var isKnown = _memory.TryFindMemory(_domId, first, hasMemory.AsSpan(0, length));
            var found = 0;
            for (var index = 0; index < length; index++)
            {
                if (!isKnown || hasMemory[index]) frames[found++] = first + (ulong)index;
            }
            yield return new FrameBatch(frames.AsMemory(0, found), frames.AsMemory(0, found), first + (ulong)length);
        }
    }
}
