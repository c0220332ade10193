using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace XenShared.Layout;

/// <summary>
/// Reads the bitmaps of the two-level ABI. Port n is bit n % 8 of byte n / 8. This is the same for words of 32 and of 64 bits, because they
/// are little endian.
/// </summary>
public static class EventBitmap
{
    // 0, 1, 2 and so on.
    private static readonly Vector<uint> s_sequence = new([.. Enumerable.Range(0, Vector<uint>.Count).Select(index => (uint)index)]);

    /// <summary>Determines whether the bit of <paramref name="port"/> is set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bitmap has no such port.</exception>
    public static bool IsSet(ReadOnlySpan<byte> bitmap, uint port)
    {
        if (port >= (uint)bitmap.Length * 8)
            throw new ArgumentOutOfRangeException(nameof(port), port, $"The bitmap has {bitmap.Length * 8} ports.");
        return (bitmap[(int)(port / 8)] >> (int)(port % 8) & 1) != 0;
    }

    /// <summary>Adds the ports whose bits are set to <paramref name="ports"/>, lowest first.</summary>
    public static void AddSetPorts(ReadOnlySpan<byte> bitmap, List<uint> ports)
    {
        ArgumentNullException.ThrowIfNull(ports);
        // Most bytes are zero. NextByte skips them with IndexOfAnyExcept, which uses vector instructions.
        var at = NextByte(bitmap, 0);
        // The ports are counted first, so that the list grows once and the loop writes directly into its memory.
        var next = ports.Count;
        CollectionsMarshal.SetCount(ports, next + Count(bitmap[at..]));
        var found = CollectionsMarshal.AsSpan(ports);
        Span<byte> padded = stackalloc byte[8];
        for (; at < bitmap.Length; at = NextByte(bitmap, at))
        {
            var length = Math.Min(8, bitmap.Length - at);
            padded.Clear();
            bitmap.Slice(at, length).CopyTo(padded);
            next += FillSetPorts(BinaryPrimitives.ReadUInt64LittleEndian(padded), (uint)at * 8, found[next..]);
            at += length;
        }
    }

    // Stores the ports of one word, and returns their number. Most words of a mask are all ones. Such a word is stored with vector
    // instructions, without which a full mask takes five times as long.
    private static int FillSetPorts(ulong word, uint first, Span<uint> ports)
    {
        var count = 0;
        if (word == ulong.MaxValue)
        {
            for (; count < 64; count += Vector<uint>.Count) (s_sequence + new Vector<uint>(first + (uint)count)).CopyTo(ports[count..]);
        }
        else
        {
            for (; word != 0; word &= word - 1) ports[count++] = first + (uint)BitOperations.TrailingZeroCount(word);
        }
        return count;
    }

    /// <summary>Returns the number of set bits.</summary>
    public static int Count(ReadOnlySpan<byte> bitmap)
    {
        var count = 0;
        for (; bitmap.Length >= 8; bitmap = bitmap[8..])
            count += BitOperations.PopCount(BinaryPrimitives.ReadUInt64LittleEndian(bitmap));
        foreach (var value in bitmap)
            count += BitOperations.PopCount(value);
        return count;
    }

    private static int NextByte(ReadOnlySpan<byte> bitmap, int from)
    {
        if (from >= bitmap.Length) return bitmap.Length;
        var found = bitmap[from..].IndexOfAnyExcept((byte)0);
        return found < 0 ? bitmap.Length : from + found;
    }
}
