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

    // The maximum number of bytes of content for each byte of compressed data. The format cannot compress more than this.
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
        // The gzip format stores the length of the content modulo 2^32. So this sum is computed modulo 2^32 too.
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
        // The bytes that were read last. There is room for the length at the end of a gzip member and for the header of the next member.
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

        // Called after bytes that look like the header of a member. The number before them is the length of the content of the member that
        // has ended, and is added to EndedLength. But compressed data can contain such bytes by chance, and the number is then no length. A
        // number that is too large is ignored: the content not yet returned can only be from the bytes read last, with at most MaximumRatio
        // bytes for each.
        private void EndMember(uint length, int bufferLength)
        {
            var more = unchecked(length - (ContentLength - EndedLength));
            if (more <= (uint)Math.Min(int.MaxValue, (bufferLength + HeaderBytes) * (long)MaximumRatio))
                EndedLength = unchecked(EndedLength + length);
        }

        // Determines whether the bytes are the header of a gzip member (RFC 1952): the magic number, the method deflate, and only flags,
        // levels and operating systems that the RFC defines.
        private static bool IsHeader(ReadOnlySpan<byte> bytes) =>
            bytes is [0x1f, 0x8b, 8, <= 0x1f, _, _, _, _, 0 or 2 or 4, <= 13 or 255];
    }
}
