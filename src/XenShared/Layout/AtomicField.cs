using System.Runtime.InteropServices;

namespace XenShared.Layout;

/// <summary>
/// Provides interlocked operations on fields of a page that the guest and Xen write at the same time. Each operation is one locked
/// instruction, or a repeated compare-and-swap, so no concurrent change is lost. A field has 1, 2, 4 or 8 bytes, is little endian, and its
/// offset is a multiple of its width.
/// </summary>
public static class AtomicField
{
    /// <summary>Returns the value of a field.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The field is not inside the page, or not aligned.</exception>
    public static ulong Read(Span<byte> page, int offset, int width)
    {
        Check(page.Length, offset, width);
        return width switch
        {
            8 => Volatile.Read(ref MemoryMarshal.AsRef<ulong>(page.Slice(offset, 8))),
            _ => Part(Volatile.Read(ref Word(page, offset)), offset, width),
        };
    }

    /// <summary>Sets the given bits of a field, and leaves its other bits unchanged.</summary>
    /// <returns>The value of the whole field before the change.</returns>
    /// <exception cref="ArgumentOutOfRangeException">As <see cref="Read"/>.</exception>
    public static ulong SetBits(Span<byte> page, int offset, int width, ulong bits)
    {
        Check(page.Length, offset, width);
        return width switch
        {
            8 => Interlocked.Or(ref MemoryMarshal.AsRef<ulong>(page.Slice(offset, 8)), bits),
            _ => Part(Interlocked.Or(ref Word(page, offset), Shifted(bits, offset, width)), offset, width),
        };
    }

    /// <summary>Clears the given bits of a field, and leaves its other bits unchanged.</summary>
    /// <returns>The value of the whole field before the change.</returns>
    /// <exception cref="ArgumentOutOfRangeException">As <see cref="Read"/>.</exception>
    public static ulong ClearBits(Span<byte> page, int offset, int width, ulong bits)
    {
        Check(page.Length, offset, width);
        return width switch
        {
            8 => Interlocked.And(ref MemoryMarshal.AsRef<ulong>(page.Slice(offset, 8)), ~bits),
            _ => Part(Interlocked.And(ref Word(page, offset), ~Shifted(bits, offset, width)), offset, width),
        };
    }

    /// <summary>Stores <paramref name="value"/> if the field still contains <paramref name="expected"/>.</summary>
    /// <returns>The value before, which equals <paramref name="expected"/> if <paramref name="value"/> was stored.</returns>
    /// <exception cref="ArgumentOutOfRangeException">As <see cref="Read"/>, or the value does not fit.</exception>
    public static ulong CompareExchange(Span<byte> page, int offset, int width, ulong expected, ulong value)
    {
        Check(page.Length, offset, width);
        if (width < 8 && (value | expected) >> (8 * width) != 0)
            throw new ArgumentOutOfRangeException(nameof(value), value, $"The value does not fit in {width} bytes.");
        if (width == 8) return Interlocked.CompareExchange(ref MemoryMarshal.AsRef<ulong>(page.Slice(offset, 8)), value, expected);
        ref var word = ref Word(page, offset);
        var bits = Shifted(ulong.MaxValue, offset, width);
        // A field of fewer than 8 bytes is part of a 32-bit word, which is exchanged as a whole. If another field of this word changed
        // meanwhile, the exchange fails and is repeated.
        for (var seen = Volatile.Read(ref word); ;)
        {
            if (Part(seen, offset, width) != expected) return Part(seen, offset, width);
            var found = Interlocked.CompareExchange(ref word, seen & ~bits | Shifted(value, offset, width), seen);
            if (found == seen) return expected;
            seen = found;
        }
    }

    private static ref uint Word(Span<byte> page, int offset) => ref MemoryMarshal.AsRef<uint>(page.Slice(offset & ~3, 4));

    private static ulong Part(uint word, int offset, int width) =>
        width == 4 ? word : word >> (8 * (offset & 3)) & ((1u << (8 * width)) - 1);

    private static uint Shifted(ulong bits, int offset, int width) =>
        width == 4 ? (uint)bits : ((uint)bits & ((1u << (8 * width)) - 1)) << (8 * (offset & 3));

    private static void Check(int length, int offset, int width)
    {
        if (width is not (1 or 2 or 4 or 8))
            throw new ArgumentOutOfRangeException(nameof(width), width, "A field must be 1, 2, 4 or 8 bytes wide.");
        if (offset < 0 || offset > length - width || offset % width != 0)
            throw new ArgumentOutOfRangeException(
                nameof(offset),
                offset,
                $"A {width}-byte field there is not aligned, or not inside {length} bytes.");
    }
}
