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

    // The number of ports in the lower half of a page. Only a guest whose ports in use are all there is recognized. A guest with more ports
    // can have several pages, and without a port table nothing shows their order.
    private const int MaximumInUse = EventWord.PerPage / 2;

    /// <inheritdoc/>
    public bool Resembles(ReadOnlySpan<byte> page)
    {
        var words = MemoryMarshal.Cast<byte, uint>(page);
        // Port 0 is never bound, and a kernel binds the lowest ports first. So if no port of the upper half is in use, the words of port 0
        // and of the upper half are masked.
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

    // Determines whether a word can be a word of an event array. If the bit LINKED is set, the link is 0 or the next port of the queue,
    // whose word also has this bit. Otherwise the link is 0. Other data in memory rarely meets these conditions.
    private static bool IsWord(EventWord word, ReadOnlySpan<uint> words) =>
        word.IsWellFormed
        && (word.IsLinked || word.Link == 0)
        && (word.Link == 0 || word.Link < (uint)words.Length && new EventWord(words[(int)word.Link]).IsLinked);
}
