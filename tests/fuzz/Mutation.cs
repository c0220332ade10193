using System.Buffers.Binary;

namespace XenShared.Fuzz;

/// <summary>Damages bytes like files that are damaged by accident or on purpose.</summary>
public static class Mutation
{
    private static readonly ulong[] s_numbers =
    [
        0,
        1,
        2,
        7,
        8,
        15,
        63,
        64,
        255,
        4095,
        4096,
        4097,
        0x7fff,
        0xffff,
        0x10000,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_ffff,
        0x1_0000_0000,
        0x000f_ffff_ffff_ffff,
        0x7fff_ffff_ffff_f000,
        0x7fff_ffff_ffff_ffff,
        0x8000_0000_0000_0000,
        0xffff_ffff_ffff_f000,
        ulong.MaxValue - 7,
        ulong.MaxValue,
    ];

    /// <summary>Returns a copy with up to four changes; with none in one of eight cases.</summary>
    public static byte[] Mutate(byte[] bytes, Random random)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        ArgumentNullException.ThrowIfNull(random);
        var changed = (byte[])bytes.Clone();
        if (random.Next(8) == 0) return changed;
        for (var changes = random.Next(1, 5); changes > 0 && changed.Length > 8; changes--) changed = Change(changed, random);
        return changed;
    }

    private static byte[] Change(byte[] bytes, Random random)
    {
        // Headers are short and matter most.
        var at = random.Next(2) == 0 ? random.Next(bytes.Length) : random.Next(Math.Min(bytes.Length, 1024));
        switch (random.Next(10))
        {
            case 0: bytes[at] = (byte)random.Next(256); return bytes;
            case 1: bytes[at] ^= (byte)(1 << random.Next(8)); return bytes;
            case 2 or 3 or 4: return WithNumber(bytes, at, random);
            case 5: return bytes[..at];
            case 6: return [.. bytes.AsSpan(0, at), .. bytes.AsSpan(Math.Min(bytes.Length, at + random.Next(1, 64)))];
            case 7:
                var inserted = new byte[random.Next(1, 64)];
                random.NextBytes(inserted);
                return [.. bytes.AsSpan(0, at), .. inserted, .. bytes.AsSpan(at)];
            case 8:
                var from = random.Next(bytes.Length);
                var length = Math.Min(random.Next(1, 256), Math.Min(bytes.Length - from, bytes.Length - at));
                bytes.AsSpan(from, length).ToArray().CopyTo(bytes, at);
                return bytes;
            default:
                bytes.AsSpan(at, Math.Min(random.Next(1, 64), bytes.Length - at)).Fill(random.Next(2) == 0 ? (byte)0 : (byte)0xff);
                return bytes;
        }
    }

    // Fields lie at multiples of their size, and break at the edges of what fits in them.
    private static byte[] WithNumber(byte[] bytes, int at, Random random)
    {
        var number = random.Next(4) == 0 ? (ulong)random.NextInt64() : s_numbers[random.Next(s_numbers.Length)] + (ulong)random.Next(-1, 2);
        at &= ~7;
        if (random.Next(2) == 0) at += 4;
        if (at > bytes.Length - 8) at = (bytes.Length - 8) & ~3;
        if (random.Next(2) == 0) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), number);
        else BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), (uint)number);
        return bytes;
    }
}
