using System.Buffers.Binary;

namespace XenShared.Layout;

/// <summary>
/// Represents a number at an offset in one of Xen's structures, such as the shared info page. It is little endian in every layout.
/// </summary>
/// <param name="Name">The path of the member in Xen's headers, such as <c>wc_sec</c> or <c>arch.max_pfn</c>.</param>
/// <param name="Offset">The offset in bytes from the start of the structure.</param>
/// <param name="Width">The width in bytes: 1, 2, 4 or 8.</param>
/// <param name="Signed">Whether the member is a signed integer (only <c>tsc_shift</c>).</param>
public readonly record struct LayoutField(string Name, int Offset, int Width, bool Signed = false)
{
    /// <summary>Returns the field's value in <paramref name="record"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The <paramref name="record"/> is too short for the field.</exception>
    public ulong Read(ReadOnlySpan<byte> record) => Read(record, Offset, Width);

    /// <summary>Stores <paramref name="value"/> in <paramref name="record"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The record is too short, or the value needs more than <see cref="Width"/>
    /// bytes.</exception>
    public void Write(Span<byte> record, ulong value) => Write(record, Offset, Width, value);

    /// <summary>Returns the value at an offset, for callers without a <see cref="LayoutField"/>.</summary>
    internal static ulong Read(ReadOnlySpan<byte> record, int offset, int width)
    {
        CheckRange(record.Length, offset, width);
        var at = record.Slice(offset, width);
        return width switch
        {
            1 => at[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(at),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(at),
            8 => BinaryPrimitives.ReadUInt64LittleEndian(at),
            _ => throw new ArgumentOutOfRangeException(nameof(width), width, "A field must be 1, 2, 4 or 8 bytes wide."),
        };
    }

    /// <summary>Stores a value at an offset, for callers without a <see cref="LayoutField"/>.</summary>
    internal static void Write(Span<byte> record, int offset, int width, ulong value)
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
            default: throw new ArgumentOutOfRangeException(nameof(width), width, "A field must be 1, 2, 4 or 8 bytes wide.");
        }
    }

    private static void CheckRange(int length, int offset, int width)
    {
        if (offset < 0 || width < 0 || offset > length - width)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"A {width}-byte field there does not fit in {length} bytes.");
    }
}
