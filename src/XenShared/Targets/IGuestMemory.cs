using XenShared.Hypervisor;

namespace XenShared.Targets;

/// <summary>Reads guest memory. Frames are GFNs, or MFNs of a PV guest.</summary>
public interface IGuestMemory
{
    /// <summary>Gets the domain in which this program runs, whose memory is not read; null if it is not a domain of this source.</summary>
    ushort? OwnDomId { get; }

    /// <summary>
    /// Gets a value indicating whether the memory is in a file: it does not change, and <see cref="ListFrames"/> lists its frames.
    /// </summary>
    bool IsRecorded => false;

    /// <summary>
    /// Gets a value indicating whether page tables in the memory contain the frame numbers for <see cref="VisitFrames"/>. In a saved guest,
    /// the toolstack has rewritten them.
    /// </summary>
    bool HasMachineFrames => true;

    /// <summary>
    /// Gets the frequency of the guest's TSC in kHz from the file; null if the file does not contain it, and on a live host.
    /// </summary>
    uint? TscKilohertz => null;

    /// <summary>Reads the start time of a domain, in the format of the toolstack; null if it is not known.</summary>
    string? ReadStartTime(DomainInfo domain);

    /// <summary>
    /// Visits those of the frames that the guest has, and unmaps them before it returns, because a mapping would keep a destroyed guest as
    /// a zombie.
    /// </summary>
    /// <returns>The number of visited frames.</returns>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainVanished"/>, <see cref="XenErrorId.XenAccessDenied"/>,
    /// <see cref="XenErrorId.NotSupportedByHost"/>.</exception>
    int VisitFrames(ushort domId, ReadOnlySpan<ulong> frames, FrameVisitor visit);

    /// <summary>Reads the highest used guest frame number of a guest that is not PV.</summary>
    ulong ReadHighestFrame(ushort domId);

    /// <summary>
    /// Determines which frames of a non-PV guest from <paramref name="first"/> have memory; false if the host does not support this.
    /// </summary>
    bool TryFindMemory(ushort domId, ulong first, Span<bool> hasMemory);

    /// <summary>Reads the number of pages that a search would change, because Xen populates such a page when it is mapped.</summary>
    MemoryHazards ReadHazards(ushort domId, bool isTranslated);

    /// <summary>Counts the frames of recorded memory.</summary>
    ulong CountFrames(ushort domId) => throw new NotSupportedException();

    /// <summary>Lists frames of recorded memory, in ascending order of guest frame numbers.</summary>
    /// <param name="domId">The guest.</param>
    /// <param name="first">The index of the first frame to list.</param>
    /// <param name="pfns">Receives the guest frame numbers.</param>
    /// <param name="frames">Receives the numbers for VisitFrames; as long as <paramref name="pfns"/>.</param>
    /// <returns>The number of listed frames.</returns>
    int ListFrames(ushort domId, ulong first, Span<ulong> pfns, Span<ulong> frames) => throw new NotSupportedException();
}
