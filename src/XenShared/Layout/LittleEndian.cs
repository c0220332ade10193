using System.Buffers.Binary;

namespace XenShared.Layout;

/// <summary>Exact-width reads and writes; every layout of the shared page is little endian.</summary>
internal static class LittleEndian
{
    public static ulong Read(ReadOnlySpan<byte> record, int offset, int width)
    {
        CheckRange(record.Length, offset, width);
        var at = record.Slice(offset, width);
        return width switch
        {
            1 => at[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(at),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(at),
            8 => BinaryPrimitives.ReadUInt64LittleEndian(at),
            _ => throw new ArgumentOutOfRangeException(nameof(width), width, "A field is 1, 2, 4 or 8 bytes wide."),
        };
    }

    public static void Write(Span<byte> record, int offset, int width, ulong value)
    {
        CheckRange(record.Length, offset, width);
        if (width < 8 && value >> (8 * width) != 0)
            throw new ArgumentOutOfRangeException(nameof(value), value, $"The value does not fit in {width} bytes.");
        var at = record.Slice(offset, width);
        switch (width)
        {
            case 1: at[0] = (byte)value; break;
            case 2: BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)value); break;
            case 4: BinaryPrimitives.WriteUInt32LittleEndian(at, (uint)value); break;
            case 8: BinaryPrimitives.WriteUInt64LittleEndian(at, value); break;
            default: throw new ArgumentOutOfRangeException(nameof(width), width, "A field is 1, 2, 4 or 8 bytes wide.");
        }
    }

    private static void CheckRange(int length, int offset, int width)
    {
        if (offset < 0 || width < 0 || offset > length - width)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"A {width}-byte field there does not fit in {length} bytes.");
    }
}
