using System.Text;

namespace XenShared.Cli.Execution;

/// <summary>Reads lines from a file or from standard input, up to a limit, so that endless input cannot fill the memory.</summary>
internal sealed class InputLines(TextReader reader, string source)
{
    /// <summary>Specifies the maximum number of characters in a line. The record of a poke has about 600.</summary>
    public const int MaximumLine = 1 << 16;

    /// <summary>Specifies the maximum number of characters in all lines, enough for the records of about 30,000 pokes.</summary>
    public const int MaximumTotal = 16 << 20;

    private readonly StringBuilder _line = new();
    private int _total;

    /// <summary>Reads the next line that is not blank; null at the end.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.FileDamaged"/>: a limit is passed.</exception>
    public string? ReadRecord()
    {
        while (ReadLine() is { } line)
        {
            if (!string.IsNullOrWhiteSpace(line)) return line;
        }
        return null;
    }

    /// <summary>Reads the next line without its line end; null at the end.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.FileDamaged"/>: a limit is passed.</exception>
    public string? ReadLine()
    {
        _line.Clear();
        for (int next; (next = reader.Read()) != -1; _line.Append((char)next))
        {
            if (++_total > MaximumTotal) throw TooLong($"is longer than {MaximumTotal} characters");
            if (next == '\n') return _line.ToString().TrimEnd('\r');
            if (_line.Length == MaximumLine) throw TooLong($"has a line that is longer than {MaximumLine} characters");
        }
        return _line.Length > 0 ? _line.ToString() : null;
    }

    private XenException TooLong(string reason) =>
        new(XenErrorId.FileDamaged, $"{source} {reason}", "give only the part that is needed");
}
