using System.Buffers;
using System.Globalization;
using System.Text;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Represents a line of <c>xenstore-ls</c> (<c>do_ls</c> in <c>tools/xs-clients/xenstore_client.c</c> of Xen 4.0 to 4.23). The program
/// escapes line ends in values, so a guest cannot write a line of its own. It does not escape quotes, so a value ends at the last one.
/// </summary>
/// <param name="Indentation">The number of blanks before the name.</param>
/// <param name="Path">The whole path with option <c>-f</c>, otherwise the name of the node.</param>
/// <param name="Value">The value; null if it could not be read, or was shortened.</param>
/// <param name="IsBroken">Whether the line is not complete.</param>
internal readonly record struct StoreLine(int Indentation, string Path, string? Value, bool IsBroken)
{
    /// <summary>Gets a value indicating whether <see cref="Path"/> is more than the name of a node.</summary>
    public bool IsWhole => Path.Contains('/', StringComparison.Ordinal);

    private const string Start = " = \"";
    private const string Shortened = "\\...";

    private static readonly SearchValues<char> s_permissions = SearchValues.Create("nrwb0123456789,");

    // Xenstore paths have at most 3,072 characters.
    private const int LongestPath = 3072;

    /// <summary>Parses a line.</summary>
    /// <returns>Null if it does not begin like a line of <c>xenstore-ls</c>.</returns>
    public static StoreLine? Parse(ReadOnlySpan<char> line)
    {
        var text = line.TrimEnd(" \t");
        var name = text.TrimStart(' ');
        var indentation = text.Length - name.Length;
        var length = 0;
        while (length < name.Length && IsPathCharacter(name[length])) length++;
        if (length is 0 or > LongestPath) return null;
        var path = name[..length].ToString();
        var rest = WithoutPermissions(name[length..]);
        if (rest is ":") return new(indentation, path, null, IsBroken: false);
        if (!rest.StartsWith(Start)) return null;
        if (rest.Length == Start.Length || rest[^1] != '"') return new(indentation, path, null, IsBroken: true);
        var value = rest[Start.Length..^1];
        return new(indentation, path, value.EndsWith(Shortened) ? null : Unescape(value), IsBroken: false);
    }

    /// <summary>
    /// Determines whether a line that could not be parsed can be a part of one: a path, with or without text after it. A mail program can
    /// have removed the sign between the two.
    /// </summary>
    public static bool IsStart(ReadOnlySpan<char> line)
    {
        var text = line.Trim(' ');
        var length = 0;
        while (length < text.Length && IsPathCharacter(text[length])) length++;
        var rest = text[length..].TrimStart(' ');
        return length > 0 && (rest.IsEmpty || rest[0] is '=' or '"');
    }

    private static bool IsPathCharacter(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '/' or '-' or '_' or '@';

    // Option -p adds the permissions, such as "(n0,r5)", after a filler of blanks and periods.
    private static ReadOnlySpan<char> WithoutPermissions(ReadOnlySpan<char> text)
    {
        if (!text.EndsWith(")") || text.LastIndexOf('(') is var open && open < 1) return text;
        return text[(open + 1)..^1].ContainsAnyExcept(s_permissions) ? text : text[..open].TrimEnd(" .");
    }

    // Undoes what sanitise_value in xenstore_client.c does: \t, \n, \r, \\, \xHH and three octal digits.
    private static string Unescape(ReadOnlySpan<char> value)
    {
        if (!value.Contains('\\')) return TableRow.ToUtf8(value.ToString());
        var text = new StringBuilder(value.Length);
        for (var at = 0; at < value.Length; at++)
        {
            var (letter, used) = value[at] == '\\' && at + 1 < value.Length ? Decode(value[(at + 1)..]) : (value[at], 0);
            text.Append(letter);
            at += used;
        }
        return TableRow.ToUtf8(text.ToString());
    }

    private static (char Letter, int Used) Decode(ReadOnlySpan<char> code) =>
        code[0] switch
        {
            't' => ('\t', 1),
            'n' => ('\n', 1),
            'r' => ('\r', 1),
            'x' when code.Length >= 3
                && byte.TryParse(code[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hex) => ((char)hex, 3),
            '0' when code.Length >= 3 && code[1] == '0' && code[2] is >= '0' and <= '7' => ((char)(code[2] - '0'), 3),
            _ => (code[0], 1),
        };
}
