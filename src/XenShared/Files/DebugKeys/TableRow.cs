using System.Globalization;
using System.Text;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Splits a line of a table of <c>xl</c> into words. The first column is the name of a domain, which can contain blanks and words that look
/// like other columns. So a line is read from its right end, and the name is what is left.
/// </summary>
/// <param name="text">The line.</param>
internal sealed class TableRow(string text)
{
    // The maximum length of a name. A longer line counts as damaged.
    private const int LongestName = 512;

    // The highest domain number that a domain can have.
    private const int LastDomId = 0x7fef;

    private readonly List<Range> _words = Split(text);

    /// <summary>Gets the number of words.</summary>
    public int Count => _words.Count;

    /// <summary>Returns a word; empty if there is no word with this index.</summary>
    /// <param name="index">The index, counted from 0 at the left end.</param>
    public ReadOnlySpan<char> this[int index] =>
        index >= 0 && index < _words.Count ? text.AsSpan(_words[index]) : [];

    /// <summary>Reads the name before a word.</summary>
    /// <param name="index">The index of the word.</param>
    /// <param name="name">The name; null if the toolstack had none.</param>
    /// <returns>False if the text before the word is too long for a name.</returns>
    public bool TryGetNameBefore(int index, out string? name)
    {
        var start = text[.._words[index].Start.Value].TrimEnd();
        // The program prints "(null)" for a domain whose name it could not read.
        name = start is "" or "(null)" ? null : ToUtf8(start);
        return start.Length <= LongestName;
    }

    /// <summary>Reads a domain number.</summary>
    public bool TryGetDomId(int index, out ushort domId)
    {
        var isNumber = TryGetNumber(index, LastDomId, out var number);
        domId = (ushort)number;
        return isNumber;
    }

    /// <summary>Reads a number.</summary>
    public bool TryGetNumber(int index, int highest, out int number) =>
        int.TryParse(this[index], NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= highest;

    /// <summary>Reads a time in seconds with one decimal, in nanoseconds.</summary>
    public bool TryGetTime(int index, out ulong nanoseconds)
    {
        const int LongestTime = 11;
        var word = this[index];
        nanoseconds = 0;
        if (word.Length is < 3 or > LongestTime || word[^2] != '.' || !char.IsAsciiDigit(word[^1])) return false;
        if (!ulong.TryParse(word[..^2], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return false;
        nanoseconds = (seconds * 10 + (ulong)(word[^1] - '0')) * 100_000_000;
        return true;
    }

    /// <summary>Decodes UTF-8. The lines of a text are decoded as Latin-1, a character for each byte.</summary>
    public static string ToUtf8(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.AsSpan().ContainsAnyExceptInRange('\0', '\x7f') || text.AsSpan().ContainsAnyExceptInRange('\0', '\xff')) return text;
        var bytes = Encoding.Latin1.GetBytes(text);
        return System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : text;
    }

    private static List<Range> Split(string text)
    {
        var words = new List<Range>();
        for (var start = 0; start < text.Length; start++)
        {
            if (text[start] is ' ' or '\t') continue;
            var end = start;
            while (end < text.Length && text[end] is not (' ' or '\t')) end++;
            words.Add(start..end);
            start = end;
        }
        return words;
    }
}
