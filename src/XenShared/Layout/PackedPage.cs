using System.Numerics;
using System.Runtime.InteropServices;

namespace XenShared.Layout;

/// <summary>
/// Holds the bytes of a shared info page in little memory. Most words of such a page are equal to the word before them, because the bitmaps
/// and the unused slots are uniform. A capture of many hosts has thousands of pages, and new memory costs more than unpacking them.
/// </summary>
internal sealed class PackedPage
{
    private const int WordBytes = sizeof(ulong);
    private const int Words = SharedInfoLayout.PageSize / WordBytes;
    private const int WordsPerGroup = 64;
    private const int Groups = Words / WordsPerGroup;

    // For each word a bit that is set if the word differs from the word before it, and then the words that differ. The word before the
    // first one counts as 0. Null if the bytes are not packed.
    private readonly ulong[]? _packed;
    private readonly ReadOnlyMemory<byte> _bytes;

    private PackedPage(ulong[]? packed, ReadOnlyMemory<byte> bytes)
    {
        _packed = packed;
        _bytes = bytes;
    }

    /// <summary>Gets a value indicating whether <see cref="Unpack"/> creates a new array.</summary>
    public bool IsPacked => _packed is not null;

    /// <summary>Gets the number of bytes: 4,096, except if the bytes are not those of a page.</summary>
    public int Length => _packed is null ? _bytes.Length : SharedInfoLayout.PageSize;

    /// <summary>Creates an object that refers to the bytes and does not pack them.</summary>
    public static PackedPage From(ReadOnlyMemory<byte> bytes) => new(null, bytes);

    /// <summary>Packs a copy of the 4,096 bytes of a page.</summary>
    public static PackedPage Pack(ReadOnlySpan<byte> page)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(page.Length, SharedInfoLayout.PageSize);
        var words = MemoryMarshal.Cast<byte, ulong>(page);
        Span<ulong> packed = stackalloc ulong[Groups + Words];
        packed[..Groups].Clear();
        var (previous, used, at) = (0ul, Groups, 0);
        while (words[at..].IndexOfAnyExcept(previous) is var next and >= 0)
        {
            at += next;
            packed[at / WordsPerGroup] |= 1ul << at % WordsPerGroup;
            packed[used++] = previous = words[at++];
        }
        return used < Words ? new PackedPage(packed[..used].ToArray(), default) : From(page.ToArray());
    }

    /// <summary>Returns the bytes: in a new array if they are packed.</summary>
    public ReadOnlyMemory<byte> Unpack()
    {
        if (_packed is null) return _bytes;
        // Each word is written, so the array need not be cleared first.
        var page = GC.AllocateUninitializedArray<byte>(SharedInfoLayout.PageSize);
        var words = MemoryMarshal.Cast<byte, ulong>(page.AsSpan());
        var (previous, used, filled) = (0ul, Groups, 0);
        for (var group = 0; group < Groups; group++)
        {
            for (var changes = _packed[group]; changes != 0; changes &= changes - 1)
            {
                var at = group * WordsPerGroup + BitOperations.TrailingZeroCount(changes);
                words[filled..at].Fill(previous);
                previous = _packed[used++];
                filled = at;
            }
        }
        words[filled..].Fill(previous);
        return page;
    }
}
