using System.Runtime.InteropServices;
using XenShared.Layout;

namespace XenShared.Guests.Locating;

/// <summary>
/// Recognizes the first page of a FIFO event array in a file, where the ports in use are not known. A kernel fills the page with masked
/// words and binds the lowest ports first, and queues are chains of linked words. The conditions are stricter than with a port table; even
/// so, a matching page is only inferred.
/// </summary>
public sealed class OfflineEventArrayPattern : IPagePattern
{
    private const uint Masked = EventWordBits.Masked;

    // A guest with more ports in a page has an array of several pages, whose order is not known.
    private const int MaximumInUse = EventWord.PerPage / 2;

    /// <inheritdoc/>
    public bool Resembles(ReadOnlySpan<byte> page)
    {
        var words = MemoryMarshal.Cast<byte, uint>(page);
        // Port 0 is never bound, and the upper half is used last.
        if (words[0] != Masked || words[^1] != Masked || words[^2] != Masked) return false;
        if (words[MaximumInUse..].ContainsAnyExcept(Masked)) return false;
        var listening = 0;
        for (var port = 1; port < MaximumInUse; port++)
        {
            if (words[port] == Masked) continue;
            var word = new EventWord(words[port]);
            if (!IsWord(word, words)) return false;
            listening += word.IsMasked ? 0 : 1;
        }
        // A page without an unmasked word is only a filled page, which can have any purpose.
        return listening > 0;
    }

    // A link points to the next event of the queue, whose word is linked as well. Only a linked word has a link.
    private static bool IsWord(EventWord word, ReadOnlySpan<uint> words) =>
        word.IsWellFormed
        && (word.IsLinked || word.Link == 0)
        && (word.Link == 0 || word.Link < (uint)words.Length && new EventWord(words[(int)word.Link]).IsLinked);
}
