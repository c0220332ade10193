namespace XenShared.Files.DebugKeys;

/// <summary>
/// Represents what another program put before the first line of a tool's output, and removes it from the following lines. Numbers, and
/// names of days and months, can differ. All other characters must be the same, so the indentation after the prefix is kept.
/// </summary>
internal sealed class LinePrefix
{
    private readonly string _first;

    private LinePrefix(string first) => _first = first;

    /// <summary>Creates a prefix from the text before the first line; null if no logger or mail program writes this text.</summary>
    public static LinePrefix? From(string text) =>
        text.Length <= LoggerPrefix.MaximumLength && LoggerPrefix.IsPrefix(Collapse(text)) ? new LinePrefix(text) : null;

    /// <summary>Removes the prefix from a line.</summary>
    /// <returns>The rest of the line; null if the line has another prefix.</returns>
    public string? Strip(string line)
    {
        var (at, from) = (0, 0);
        while (from < _first.Length)
        {
            if (at >= line.Length) return IsBlank(_first.AsSpan(from)) ? "" : null;
            if (char.IsAsciiDigit(_first[from]))
            {
                if (!char.IsAsciiDigit(line[at])) return null;
                (from, at) = (Skip(_first, from, char.IsAsciiDigit), Skip(line, at, char.IsAsciiDigit));
            }
            else if (_first[from] == line[at]) (from, at) = (from + 1, at + 1);
            // 'grep -A' writes hyphens for colons, and a number or a day with one digit has a blank before it.
            else if (_first[from] == ':' && line[at] == '-') (from, at) = (from + 1, at + 1);
            else if (line[at] == ' ' && char.IsAsciiDigit(Next(line, at))) at++;
            else if (_first[from] == ' ' && char.IsAsciiDigit(Next(_first, from))) from++;
            else if (LoggerPrefix.IsDayOrMonth(_first.AsSpan(from)) && LoggerPrefix.IsDayOrMonth(line.AsSpan(at)))
                (from, at) = (from + 3, at + 3);
            else return null;
        }
        return line[at..];
    }

    private static int Skip(string text, int at, Func<char, bool> matches)
    {
        while (at < text.Length && matches(text[at])) at++;
        return at;
    }

    private static char Next(string text, int at) => at + 1 < text.Length ? text[at + 1] : '\0';

    private static bool IsBlank(ReadOnlySpan<char> text) => text.Trim().IsEmpty;

    private static string Collapse(string text) => string.Join(' ', text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries));
}
