using System.Runtime.InteropServices;
using XenShared.Layout;

namespace XenShared.Hypervisor;

/// <summary>Represents a FIFO event array that was read from guest memory, or from the kernel on which this program runs.</summary>
/// <param name="TakenAt">The time when it was read; null if the file does not contain it.</param>
/// <param name="Pages">The pages, lowest index first. A page that was not found is missing.</param>
/// <param name="Evidence">The evidence that this is the event array.</param>
public sealed record LocatedEventArray(DateTimeOffset? TakenAt, IReadOnlyList<EventArrayPage> Pages, string Evidence)
{
    /// <summary>
    /// Gets a value indicating whether the array was verified against the list of ports in use. It is false if there was no such list, so
    /// the array was inferred from its content alone.
    /// </summary>
    public bool IsProved { get; init; } = true;

    /// <summary>Gets the source: guest memory, or the kernel on which this program runs.</summary>
    public StateSource Source { get; init; } = StateSource.GuestMemory;

    /// <summary>Returns the word of a port; null if its page is not known.</summary>
    public EventWord? FindWord(uint port)
    {
        var index = (int)(port / EventWord.PerPage);
        foreach (var page in Pages)
        {
            if (page.Index == index)
                return new EventWord(MemoryMarshal.Cast<byte, uint>(page.Bytes.Span)[(int)(port % EventWord.PerPage)]);
        }
        return null;
    }
}
