namespace XenShared.Targets;

/// <summary>A target that holds its guests' memory in a file: nothing in it moves, and its frames are listed rather than asked for.</summary>
public interface IRecordedMemory : IGuestMemory
{
    /// <summary>Whether page tables in the memory hold the frame numbers that <see cref="IGuestMemory.VisitFrames"/> takes. The toolstack rewrites those of a saved guest.</summary>
    bool HasMachineFrames { get; }

    /// <summary>How fast the guest's TSC ran, in kHz, as the file has it; null when it does not.</summary>
    uint? TscKilohertz { get; }

    /// <summary>How many frames there are.</summary>
    ulong CountFrames(ushort domId);

    /// <summary>Lists frames in ascending order of the guest's numbers.</summary>
    /// <param name="domId">The guest.</param>
    /// <param name="first">Which one to begin with, counted from 0.</param>
    /// <param name="pfns">Gets the guest's numbers.</param>
    /// <param name="frames">Gets the numbers to visit them by; as long as <paramref name="pfns"/>.</param>
    /// <returns>How many were listed.</returns>
    int ListFrames(ushort domId, ulong first, Span<ulong> pfns, Span<ulong> frames);
}
