using System.Buffers.Binary;

namespace XenShared.Files.Images;

/// <summary>
/// The bytes of a file by their offsets. What a file says of itself is checked against what is there before anything is read or allocated
/// for it.
/// </summary>
public sealed class FileBytes : IDisposable
{
    private readonly Stream _stream;

    /// <summary>Takes over a stream that can seek.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="name">How messages name it.</param>
    public FileBytes(Stream stream, string name)
    {
        ArgumentNullException.ThrowIfNull(stream);
        _stream = stream;
        Name = name;
        Length = stream.Length;
    }

    /// <summary>Gets how messages name the file.</summary>
    public string Name { get; }

    /// <summary>Gets how many bytes it has.</summary>
    public long Length { get; }

    /// <summary>Fills a buffer from an offset on.</summary>
    /// <param name="offset">Where to begin.</param>
    /// <param name="into">The buffer.</param>
    /// <param name="what">What is read, for the message.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.FileDamaged"/>: the file ends before.</exception>
    public void Read(long offset, Span<byte> into, string what)
    {
        Check(offset, into.Length, what);
        _stream.Position = offset;
        if (_stream.ReadAtLeast(into, into.Length, throwOnEndOfStream: false) < into.Length) throw CutOff(offset, what);
    }

    /// <summary>Makes sure that a part lies in the file.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.FileDamaged"/>: it does not.</exception>
    public void Check(long offset, long length, string what)
    {
        if (offset < 0 || length < 0 || offset > Length - length) throw CutOff(offset, what);
    }

    /// <summary>Four bytes, little endian.</summary>
    public uint ReadUInt32(long offset, string what)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        Read(offset, bytes, what);
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    /// <summary>Eight bytes, little endian.</summary>
    public ulong ReadUInt64(long offset, string what)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        Read(offset, bytes, what);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    /// <summary>Determines whether these bytes stand at an offset.</summary>
    public bool StandsAt(long offset, ReadOnlySpan<byte> bytes)
    {
        if (offset > Length - bytes.Length) return false;
        Span<byte> there = stackalloc byte[bytes.Length];
        Read(offset, there, "start");
        return there.SequenceEqual(bytes);
    }

    /// <summary>Returns the error that the file cannot be as it is.</summary>
    public XenException Damaged(long offset, string reason) =>
        new(XenErrorId.FileDamaged, $"'{Name}' is damaged at offset {offset}: {reason}; have it made or sent again.")
        {
            Hint = "Have the file made or sent again.",
        };

    /// <summary>Returns the error that the file is of a kind that is not read.</summary>
    public XenException NotRecognised(string reason, string advice) =>
        new(XenErrorId.FileNotRecognised, $"'{Name}' cannot be read: {reason}; {advice}.")
        {
            Hint = $"{char.ToUpperInvariant(advice[0])}{advice[1..]}.",
        };

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private XenException CutOff(long offset, string what) => Damaged(offset, $"its {what} is to be there, but the file ends at {Length}");
}
