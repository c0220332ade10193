using XenShared.Hypervisor;

namespace XenShared.Targets;

/// <summary>A target that shows the memory of its guests, to read only. Frames are those of the guest's own space: GFNs, or MFNs of a PV guest.</summary>
public interface IGuestMemory
{
    /// <summary>The domain that this program runs in, whose memory is not shown; null when it is none of them.</summary>
    ushort? OwnDomId { get; }

    /// <summary>When the toolstack started a domain, in its own words; null when it does not say.</summary>
    string? ReadStartTime(DomainInfo domain);

    /// <summary>Shows those of the frames that the guest has, and lets go of them before it returns: a mapping that is kept would keep a destroyed guest.</summary>
    /// <returns>How many were shown.</returns>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainVanished"/>, <see cref="XenErrorId.XenAccessDenied"/>, <see cref="XenErrorId.NotSupportedByHost"/>.</exception>
    int VisitFrames(ushort domId, ReadOnlySpan<ulong> frames, FrameVisitor visit);

    /// <summary>The highest guest frame number in use, of a guest that is not PV.</summary>
    ulong ReadHighestFrame(ushort domId);

    /// <summary>Tells which frames from <paramref name="first"/> on have memory behind them, of a guest that is not PV; false when this host cannot tell.</summary>
    bool TryFindMemory(ushort domId, ulong first, Span<bool> hasMemory);

    /// <summary>Memory that a look at it would change.</summary>
    MemoryHazards ReadHazards(ushort domId, bool isTranslated);
}
