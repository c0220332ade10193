using System.Buffers.Binary;
using System.Numerics;

namespace XenShared.Layout;

/// <summary>
/// Reads the bitmaps of the two-level ABI. Port n is bit n % 8 of byte n / 8. This is the same for words of 32 and of 64 bits, because they
/// are little endian.
/// </summary>
public static class EventBitmap
{
    /// <summary>Determines whether the bit of <paramref name="port"/> is set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bitmap has no such port.</exception>
    public static bool IsSet(ReadOnlySpan<byte> bitmap, uint port)
    {
        if (port >= (uint)bitmap.Length * 8)
            throw new ArgumentOutOfRangeException(nameof(port), port, $"The bitmap has {bitmap.Length * 8} ports.");
        return (bitmap[(int)(port / 8)] >> (int)(port % 8) & 1) != 0;
    }

    /// <summary>Adds the ports whose bits are set to <paramref name="ports"/>, lowest first.</summary>
    public static void AddSetPorts(ReadOnlySpan<byte> bitmap, ICollection<uint> ports)
    {
        ArgumentNullException.ThrowIfNull(ports);
        Span<byte> padded = stackalloc byte[8];
        // Most bytes are zero. NextByte skips them with IndexOfAnyExcept, which uses vector instructions.
        for (var at = NextByte(bitmap, 0); at < bitmap.Length; at = NextByte(bitmap, at))
        {
            var length = Math.Min(8, bitmap.Length - at);
            padded.Clear();
            bitmap.Slice(at, length).CopyTo(padded);
            for (var word = BinaryPrimitives.ReadUInt64LittleEndian(padded); word != 0; word &= word - 1)
                ports.Add((uint)(at * 8 + BitOperations.TrailingZeroCount(word)));
            at += length;
        }
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
