using XenShared.Hypervisor;
using XenShared.Targets;

namespace XenShared.Tests.Support;

/// <summary>Represents a fake host that provides the memory of its guests, and counts the reads.</summary>
internal sealed class FakeMemory : FakeTarget, IXenDataSource, IGuestMemory
{
    private readonly Dictionary<ushort, SyntheticGuest> _guests;

    public FakeMemory(params SyntheticGuest[] guests)
        : base(Array.ConvertAll(guests, guest => guest.Domain))
    {
        _guests = guests.ToDictionary(guest => guest.DomId);
        OnSample = domId => _guests[domId].Step();
    }

    public IGuestMemory Memory => this;

    public ushort? OwnDomId { get; init; } = 0;

    /// <summary>Gets or sets the callback that runs before frames are visited, with the number of earlier visits.</summary>
    public Action<int>? OnVisit { get; set; }

    public int Visits { get; private set; }

    public int FramesShown { get; private set; }

    public int LargestBatch { get; private set; }

    public string? ReadStartTime(DomainInfo domain) => _guests[domain.DomId].StartTime;

    public int VisitFrames(ushort domId, ReadOnlySpan<ulong> frames, FrameVisitor visit)
    {
        var before = Visits++;
        OnVisit?.Invoke(before);
        LargestBatch = Math.Max(LargestBatch, frames.Length);
        var shown = 0;
        for (var index = 0; index < frames.Length; index++)
        {
            if (!_guests[domId].Frames.TryGetValue(frames[index], out var page)) continue;
            visit(index, page);
            shown++;
        }
        FramesShown += shown;
        return shown;
    }

    public ulong ReadHighestFrame(ushort domId) => _guests[domId].HighestFrame;

    public bool TryFindMemory(ushort domId, ulong first, Span<bool> hasMemory)
    {
        if (!_guests[domId].TellsHoles) return false;
        for (var index = 0; index < hasMemory.Length; index++) hasMemory[index] = _guests[domId].Frames.ContainsKey(first + (ulong)index);
        return true;
    }

    public MemoryHazards ReadHazards(ushort domId, bool isTranslated) => _guests[domId].Hazards;
}
