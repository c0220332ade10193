using System.Buffers.Binary;
using System.IO.Compression;

namespace XenShared.Files;

/// <summary>
/// Decompresses a gzip file, and determines afterwards whether its end is missing. The framework returns the first part of such a file
/// without an error.
/// </summary>
internal sealed class CheckedGzipStream : SequentialReadStream
{
    private const int HeaderBytes = 10;

    private readonly Compressed _compressed;
    private readonly GZipStream _content;
    private uint _length;

    /// <summary>Creates a reader. The compressed stream stays open.</summary>
    public CheckedGzipStream(Stream compressed)
    {
        _compressed = new Compressed(compressed);
        _content = new GZipStream(_compressed, CompressionMode.Decompress, leaveOpen: true);
    }

    /// <summary>
    /// Gets a value indicating whether the file is cut off: its last four bytes are not the length of the content. The value is valid after
    /// all of the file was read. It is false for a file with several parts, where these bytes are the length of the last part.
    /// </summary>
    public bool IsCutOff => !_compressed.HasParts && _compressed.Last != _length;

    public override int Read(Span<byte> buffer)
    {
        var count = _content.Read(buffer);
        // The format counts modulo 2^32.
        _length = unchecked(_length + (uint)count);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _content.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Passes compressed bytes on, and remembers the last ones.</summary>
    private sealed class Compressed(Stream inner) : SequentialReadStream
    {
        private readonly byte[] _tail = new byte[HeaderBytes];
        private bool _hasBegun;

        public uint Last => BinaryPrimitives.ReadUInt32LittleEndian(_tail.AsSpan(HeaderBytes - sizeof(uint)));

        public bool HasParts { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var count = inner.Read(buffer);
            foreach (var value in buffer[..count])
            {
                _tail.AsSpan(1).CopyTo(_tail);
                _tail[^1] = value;
                if (!IsHeader(_tail)) continue;
                HasParts |= _hasBegun;
                _hasBegun = true;
            }
            return count;
        }

        // RFC 1952: the magic number, deflate, known flags, a level and a system.
        private static bool IsHeader(ReadOnlySpan<byte> bytes) =>
            bytes is [0x1f, 0x8b, 8, <= 0x1f, _, _, _, _, 0 or 2 or 4, <= 13 or 255];
    }
}
