namespace XenShared.Files;

/// <summary>
/// Reads bytes that were already taken from another stream, and then the rest of that stream. It cannot seek, polls cancellation at each
/// read, and leaves the other stream open.
/// </summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream inner, CancellationToken cancellation = default)
    : SequentialReadStream
{
    private ReadOnlyMemory<byte> _prefix = prefix;

    public override int Read(Span<byte> buffer)
    {
        cancellation.ThrowIfCancellationRequested();
        if (_prefix.IsEmpty) return inner.Read(buffer);
        var count = Math.Min(buffer.Length, _prefix.Length);
        _prefix.Span[..count].CopyTo(buffer);
        _prefix = _prefix[count..];
        return count;
    }
}
