using XenShared.Hypervisor;

namespace XenShared.Targets;

/// <summary>Reads the memory of guests. Frames are those of the guest's own space: GFNs, or MFNs of a PV guest.</summary>
public interface IGuestMemory
{
    /// <summary>Gets the domain that this program runs in, whose memory is not read; null when it is none of them.</summary>
    ushort? OwnDomId { get; }

    /// <summary>
    /// Gets a value indicating whether the memory is in a file: nothing in it moves, and its frames are listed by <see cref="ListFrames"/>.
    /// </summary>
    bool IsRecorded => false;

    /// <summary>
    /// Gets a value indicating whether page tables in the memory hold the frame numbers that <see cref="VisitFrames"/> takes. The toolstack
    /// rewrites those of a saved guest.
    /// </summary>
    bool HasMachineFrames => true;

    /// <summary>Gets the rate of the guest's TSC in kHz, as a file has it; null when it does not, and on a live host.</summary>
    uint? TscKilohertz => null;

    /// <summary>Reads when the toolstack started a domain, in its own format; null when it is not known.</summary>
    string? ReadStartTime(DomainInfo domain);

    /// <summary>
    /// Passes on those of the frames that the guest has, and unmaps them before it returns: a mapping that is kept would keep a destroyed
    /// guest.
    /// </summary>
    /// <returns>The number of frames that were passed on.</returns>
    /// <exception cref="XenException"><see cref="XenErrorId.DomainVanished"/>, <see cref="XenErrorId.XenAccessDenied"/>,
    /// <see cref="XenErrorId.NotSupportedByHost"/>.</exception>
    int VisitFrames(ushort domId, ReadOnlySpan<ulong> frames, FrameVisitor visit);

    /// <summary>Reads the highest guest frame number in use, of a guest that is not PV.</summary>
    ulong ReadHighestFrame(ushort domId);

    /// <summary>
    /// Finds out which frames from <paramref name="first"/> on have memory behind them, of a guest that is not PV; false when this host
    /// cannot tell.
    /// </summary>
    bool TryFindMemory(ushort domId, ulong first, Span<bool> hasMemory);

    /// <summary>Reads how much of the memory would be changed by reading it.</summary>
    MemoryHazards ReadHazards(ushort domId, bool isTranslated);

    /// <summary>Counts the frames of memory that <see cref="IsRecorded"/>.</summary>
    ulong CountFrames(ushort domId) => throw new NotSupportedException();

    /// <summary>Lists frames of memory that <see cref="IsRecorded"/>, in ascending order of the guest's numbers.</summary>
    /// <param name="domId">The guest.</param>
    /// <param name="first">Which one to begin with, counted from 0.</param>
    /// <param name="pfns">Gets the guest's numbers.</param>
    /// <param name="frames">Gets the numbers to visit them by; as long as <paramref name="pfns"/>.</param>
    /// <returns>The number of frames listed.</returns>
    int ListFrames(ushort domId, ulong first, Span<ulong> pfns, Span<ulong> frames) => throw new NotSupportedException();
}
