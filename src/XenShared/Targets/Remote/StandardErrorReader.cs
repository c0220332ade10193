using System.Text;

namespace XenShared.Targets.Remote;

/// <summary>Reads the standard error of another program line by line. A line that is too long is truncated.</summary>
internal sealed class StandardErrorReader(Stream stream)
{
    private const int MaximumLine = 64 * 1024;

    /// <summary>The maximum number of bytes of a line that a message quotes.</summary>
    public const int MaximumText = 500;

    /// <summary>The maximum number of bytes that are read. The longest practical search writes a tenth of it.</summary>
    public const long MaximumBytes = 16L << 20;

    private readonly byte[] _buffer = new byte[4096];
    private readonly byte[] _line = new byte[MaximumLine];
    private int _start;
    private int _end;
    private long _total;

    /// <summary>Gets a value indicating whether the limit was exceeded.</summary>
    public bool IsFlooded => _total > MaximumBytes;

    /// <summary>Returns the next line, which is valid until the next call; null at the end, and if the limit is exceeded.</summary>
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
                // These two lines are not one conditional expression: in one, the compiler would convert the null to an empty line.
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

    /// <summary>Returns a line of another program as text for a message, without control characters and with a limited length.</summary>
    public static string Text(ReadOnlySpan<byte> line) =>
        DisplayText.Sanitize(Encoding.UTF8.GetString(line[..Math.Min(line.Length, MaximumText)]).Trim());
}
