using System.Buffers.Binary;

namespace XenShared.Files.Images;

/// <summary>
/// Reads bytes of a file at offsets. Offsets and lengths from the file are checked against its real size before anything is read or
/// allocated.
/// </summary>
public sealed class FileBytes : IDisposable
{
    private readonly Stream _stream;

    /// <summary>Takes ownership of a seekable stream.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="name">The name for messages.</param>
    public FileBytes(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        Name = name;
        Length = stream.Length;
    }

    /// <summary>Gets the name for messages.</summary>
    public string Name { get; }

    /// <summary>Gets the size in bytes.</summary>
    public long Length { get; }

    /// <summary>Fills a buffer from an offset.</summary>
    /// <param name="offset">The offset.</param>
    /// <param name="into">The buffer.</param>
    /// <param name="what">The name of the data, for the message.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.FileDamaged"/>: the file is too short.</exception>
    public void Read(long offset, Span<byte> into, string what)
    {
        Check(offset, into.Length, what);
        _stream.Position = offset;
        if (_stream.ReadAtLeast(into, into.Length, throwOnEndOfStream: false) < into.Length) throw CutOff(offset, what);
    }

    /// <summary>Checks that a range lies in the file.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.FileDamaged"/>: the range is not in the file.</exception>
    public void Check(long offset, long length, string what)
    {
        if (offset < 0 || length < 0 || offset > Length - length) throw CutOff(offset, what);
    }

    /// <summary>Reads four bytes, little endian.</summary>
    public uint ReadUInt32(long offset, string what)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Read(offset, bytes, what);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    /// <summary>Reads eight bytes, little endian.</summary>
    public ulong ReadUInt64(long offset, string what)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Read(offset, bytes, what);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>Determines whether the file has these bytes at an offset.</summary>
    public bool StandsAt(long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset > Length - bytes.Length) return false;
        Span<byte> there = stackalloc byte[bytes.Length];
        Read(offset, there, "start");
        return there.SequenceEqual(bytes);
    }

    /// <summary>Creates the error for a damaged file.</summary>
    public XenException Damaged(long offset, string reason) =>
        new(XenErrorId.FileDamaged, $"'{Name}' is damaged at offset {offset}: {reason}", "create it or copy it again");

    /// <summary>Creates the error for an unsupported kind of file.</summary>
    public XenException NotRecognised(string reason, string advice) =>
        new(XenErrorId.FileNotRecognised, $"'{Name}' cannot be read: {reason}", advice);

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private XenException CutOff(long offset, string what) => Damaged(offset, $"its {what} should be there, but the file ends at {Length}");
}
