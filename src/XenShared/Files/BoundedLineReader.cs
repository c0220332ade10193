namespace XenShared.Files;

/// <summary>Splits a stream into lines, with limits for the length of a line and of all lines together.</summary>
internal sealed class BoundedLineReader(Stream stream, int maximumLine, long maximumTotal)
{
    private byte[] _buffer = new byte[Math.Min(maximumLine + 1, 64 * 1024)];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Gets the offset in bytes, from the start of the text, of the line that was read last.</summary>
    public long Offset { get; private set; }

    private long _next;

    /// <summary>
    /// Determines whether the next line begins with <paramref name="start"/>. The line is still returned by the next <see cref="Read"/>.
    /// </summary>
    public bool StartsWith(ReadOnlySpan<byte> start)
    {
        while (_end - _start < start.Length && !_ended) Fill();
        return _buffer.AsSpan(_start, _end - _start).StartsWith(start);
    }

    /// <summary>Skips empty lines. This is faster than reading each of them.</summary>
    /// <returns>The number of skipped lines.</returns>
    /// <exception cref="InvalidDataException">A limit is exceeded.</exception>
    public int SkipBlankLines()
    {
        var skipped = 0;
        while (true)
        {
            var held = _buffer.AsSpan(_start, _end - _start);
            var blank = held.IndexOfAnyExcept((byte)'\n') is var other and >= 0 ? other : held.Length;
            _start += blank;
            _next += blank;
            skipped += blank;
            if (_start < _end || _ended) return skipped;
            Fill();
        }
    }

    /// <summary>Returns the next line without its line end; null at the end.</summary>
    /// <exception cref="InvalidDataException">A limit is exceeded.</exception>
    public ReadOnlyMemory<byte>? Read()
    {
        Offset = _next;
        for (var searched = 0; ;)
        {
            var found = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (found >= 0) return Take(searched + found, terminator: 1);
            searched = _end - _start;
            if (_ended) return searched > 0 ? Take(searched, terminator: 0) : default(ReadOnlyMemory<byte>?);
            if (searched > maximumLine) throw new InvalidDataException($"a line is longer than {maximumLine} bytes");
            Fill();
        }
    }

    private ReadOnlyMemory<byte> Take(int length, int terminator)
    {
        if (length > maximumLine) throw new InvalidDataException($"a line is longer than {maximumLine} bytes");
        var line = _buffer.AsMemory(_start, length);
        _start += length + terminator;
        _next += length + terminator;
        return line;
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        if (_end == _buffer.Length) Array.Resize(ref _buffer, (int)Math.Min((long)_buffer.Length * 2, maximumLine + 2L));
        var read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _ended = read == 0;
        _end += read;
        if (_next + _end - _start > maximumTotal) throw new InvalidDataException($"the text is longer than {maximumTotal} bytes");
    }
}
