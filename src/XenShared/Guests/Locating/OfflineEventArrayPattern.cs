using System.Runtime.InteropServices;
using XenShared.Layout;

namespace XenShared.Guests.Locating;

/// <summary>
/// Recognizes the first page of a FIFO event array in a file, where the ports in use are not known: a kernel fills it with "masked", binds
/// ports from the lowest on, and queues are chains of linked words. It takes more for a page to pass here than beside a table of ports;
/// even so, what passes is inferred.
/// </summary>
public sealed class OfflineEventArrayPattern : IPagePattern
{
    private const uint Masked = EventWordBits.Masked;

    // A guest with more ports in one page than this has an array of several pages, whose order nothing tells.
    private const int MaximumInUse = EventWord.PerPage / 2;

    /// <inheritdoc/>
    public bool Resembles(ReadOnlySpan<byte> page)
    {
        var words = MemoryMarshal.Cast<byte, uint>(page);
        // Port 0 is never bound, and the upper half comes last.
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
        // A page in which nothing was ever switched on is one that was filled, and nothing tells for what.
        return listening > 0;
    }

    // A link leads to a word that is linked as well: the next event of the queue. Only a linked word has one.
    private static bool IsWord(EventWord word, ReadOnlySpan<uint> words) =>
        word.IsWellFormed
        && (word.IsLinked || word.Link == 0)
        && (word.Link == 0 || word.Link < (uint)words.Length && new EventWord(words[(int)word.Link]).IsLinked);
}
