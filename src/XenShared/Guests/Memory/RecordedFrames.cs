using XenShared.Targets;

namespace XenShared.Guests.Memory;

/// <summary>Lists the frames of a guest in a file.</summary>
public sealed class RecordedFrames(IGuestMemory memory, ushort domId) : IFrameList
{
    private const int AtOnce = 4096;

    /// <inheritdoc/>
    public ulong Count => memory.CountFrames(domId);

    /// <inheritdoc/>
    public IEnumerable<FrameBatch> Read()
    {
        var pfns = new ulong[Math.Min(Count, AtOnce)];
        var frames = new ulong[pfns.Length];
        for (ulong first = 0; memory.ListFrames(domId, first, pfns, frames) is var listed and > 0; first += (ulong)listed)
            yield return new FrameBatch(pfns.AsMemory(0, listed), frames.AsMemory(0, listed), first + (ulong)listed);
    }
}
