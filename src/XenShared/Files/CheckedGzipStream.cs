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

    // Each byte of compressed data becomes at most 1,032 bytes of content. GZipStream may not have returned all of this content yet.
    private const int MaximumRatio = 1032;

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
    /// Gets a value indicating whether the file is cut off: its last four bytes are not the length of the content, or of its last member if
    /// it has several. The value is valid after all of the file was read.
    /// </summary>
    public bool IsCutOff => _compressed.Last != unchecked(_length - _compressed.EndedLength);

    public override int Read(Span<byte> buffer)
    {
        var count = _content.Read(buffer);
        // The gzip format stores the length modulo 2^32, so this sum must wrap in the same way.
        _length = unchecked(_length + (uint)count);
        _compressed.ContentLength = _length;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _content.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Passes compressed bytes on, remembers the last ones, and finds the ends of members.</summary>
    private sealed class Compressed(Stream inner) : SequentialReadStream
    {
        // The last bytes that were read: room for the length at the end of a gzip member, and the header of the next member.
        private readonly byte[] _tail = new byte[sizeof(uint) + HeaderBytes];
        private bool _hasBegun;

        public uint Last => BinaryPrimitives.ReadUInt32LittleEndian(_tail.AsSpan(HeaderBytes));

        /// <summary>Gets the length of the content of the members before the last one.</summary>
        public uint EndedLength { get; private set; }

        /// <summary>Gets or sets the length of the content that was returned.</summary>
        public uint ContentLength { get; set; }

        public override int Read(Span<byte> buffer)
        {
            var count = inner.Read(buffer);
            foreach (var value in buffer[..count])
            {
                _tail.AsSpan(1).CopyTo(_tail);
                _tail[^1] = value;
                if (!IsHeader(_tail.AsSpan(sizeof(uint)))) continue;
                if (_hasBegun) EndMember(BinaryPrimitives.ReadUInt32LittleEndian(_tail), buffer.Length);
                _hasBegun = true;
            }
            return count;
        }

        // Adds the length of a member, which precedes the header of the next one. Compressed data can also contain the bytes of a header by
        // chance. Then the number before them is not a length, and is ignored if it is too large: the content that is not returned yet
        // comes from the last bytes read, and cannot be longer than MaximumRatio allows.
        private void EndMember(uint length, int bufferLength)
        {
            var more = unchecked(length - (ContentLength - EndedLength));
            if (more <= (uint)Math.Min(int.MaxValue, (bufferLength + HeaderBytes) * (long)MaximumRatio))
                EndedLength = unchecked(EndedLength + length);
        }

        // Determines whether the bytes are the header of a gzip member (RFC 1952): the magic number, the method deflate, and flags, a level
        // and an operating system that the RFC defines.
        private static bool IsHeader(ReadOnlySpan<byte> bytes) =>
            bytes is [0x1f, 0x8b, 8, <= 0x1f, _, _, _, _, 0 or 2 or 4, <= 13 or 255];
    }
}
