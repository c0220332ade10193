using System.Text;

namespace XenShared.Targets.Remote;

/// <summary>Lines of what another program says to people. Of one that is too long, its beginning.</summary>
internal sealed class StandardErrorReader(Stream stream)
{
    private const int MaximumLine = 64 * 1024;

    /// <summary>The maximum length of a line in a message, in bytes.</summary>
    public const int MaximumText = 500;

    /// <summary>The maximum number of bytes read in all. The longest practical search writes a tenth of it.</summary>
    public const long MaximumBytes = 16L << 20;

    private readonly byte[] _buffer = new byte[4096];
    private readonly byte[] _line = new byte[MaximumLine];
    private int _start;
    private int _end;
    private long _total;

    /// <summary>Gets whether more came than is read.</summary>
    public bool IsFlooded => _total > MaximumBytes;

    /// <summary>Returns the next line, good until the next call; null after the last, and when more came than is read.</summary>
    public async Task<ReadOnlyMemory<byte>?> ReadAsync()
    {
        var length = 0;
        while (true)
        {
            if (_start == _end)
            {
                (_start, _end) = (0, await stream.ReadAsync(_buffer).ConfigureAwait(false));
                _total += _end;
                if (IsFlooded) return null;
                // Not as one expression: there null would become an empty line.
                if (_end == 0 && length == 0) return null;
                if (_end == 0) return _line.AsMemory(0, length);
            }
            var found = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            var part = _buffer.AsSpan(_start, found < 0 ? _end - _start : found);
            var taken = Math.Min(part.Length, MaximumLine - length);
            part[..taken].CopyTo(_line.AsSpan(length));
            length += taken;
            _start += part.Length + (found < 0 ? 0 : 1);
            if (found >= 0) return _line.AsMemory(0, length);
        }
    }

    /// <summary>
    /// Returns a line as text for a message: one that another program wrote, so without what a terminal obeys, and not too long.
    /// </summary>
    public static string Text(ReadOnlySpan<byte> line) =>
        DisplayText.Sanitize(Encoding.UTF8.GetString(line[..Math.Min(line.Length, MaximumText)]).Trim());
}
