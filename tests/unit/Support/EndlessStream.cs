namespace XenShared.Tests.Support;

/// <summary>Returns a beginning, and then one byte without end. Counts the bytes that were read, and stores nothing.</summary>
internal sealed class EndlessStream(byte[] beginning, byte fill, long length) : Stream
{
    public long Given { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var count = (int)Math.Min(buffer.Length, length - Given);
        if (Given < beginning.Length)
        {
            count = Math.Min(count, beginning.Length - (int)Given);
            beginning.AsSpan((int)Given, count).CopyTo(buffer);
        }
        else
        {
            buffer[..count].Fill(fill);
        }
        Given += count;
        return count;
    }

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
