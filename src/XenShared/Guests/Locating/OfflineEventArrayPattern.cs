using System.Runtime.InteropServices;
using XenShared.Layout;

namespace XenShared.Guests.Locating;

/// <summary>
/// Recognizes the first page of a FIFO event array in a file, where the ports in use are not known. A kernel fills the page with masked
/// words and binds the lowest ports first, and the events of a queue are linked by their words. The conditions are stricter than with a
/// port table; even so, a matching page is only inferred.
/// </summary>
public sealed class OfflineEventArrayPattern : IPagePattern
{
    private const uint Masked = EventWordBits.Masked;

    // The number of ports in the lower half of a page. All ports in use must be there: a guest with more ports can have several pages, and
    // nothing shows the order of these.
    private const int MaximumInUse = EventWord.PerPage / 2;

    /// <inheritdoc/>
    public bool Resembles(ReadOnlySpan<byte> page)
    {
        var words = MemoryMarshal.Cast<byte, uint>(page);
        // Port 0 is never bound, and a kernel binds the lowest ports first. So if few ports are in use, the words of port 0 and of the
        // upper half are masked.
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
        // A page whose words are all masked can be any page that is filled with the same value, so it does not count as a match.
        return listening > 0;
    }

    // Determines whether a word can be one of an event array. Its link is the next port of the queue, whose word has the bit LINKED too. A
    // word without LINKED has no link. Words of other data rarely fulfil both conditions.
    private static bool IsWord(EventWord word, ReadOnlySpan<uint> words) =>
        word.IsWellFormed
        && (word.IsLinked || word.Link == 0)
        && (word.Link == 0 || word.Link < (uint)words.Length && new EventWord(words[(int)word.Link]).IsLinked);
}
