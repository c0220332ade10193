namespace XenShared.Layout;

/// <summary>One scalar of the shared page or of a record in it.</summary>
/// <param name="Name">Xen's own path of the member, such as <c>wc_sec</c> or <c>arch.max_pfn</c>.</param>
/// <param name="Offset">Bytes from the start of the page (or of the record, for members of one).</param>
/// <param name="Width">Bytes: 1, 2, 4 or 8; always little endian.</param>
/// <param name="Signed">Whether the member is a signed integer (<c>tsc_shift</c> alone).</param>
public readonly record struct LayoutField(string Name, int Offset, int Width, bool Signed = false)
{
    /// <summary>The field's value in <paramref name="record"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The record is too short to hold the field.</exception>
    public ulong Read(ReadOnlySpan<byte> record) => LittleEndian.Read(record, Offset, Width);

    /// <summary>Stores <paramref name="value"/> in <paramref name="record"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The record is too short, or the value needs more than <see cref="Width"/>
    /// bytes.</exception>
    public void Write(Span<byte> record, ulong value) => LittleEndian.Write(record, Offset, Width, value);
}
