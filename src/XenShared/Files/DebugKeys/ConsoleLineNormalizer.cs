using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Removes what was added to the lines of a console log on their way: terminal escapes, HTML, quoted-printable, quoting of mail,
/// indentation, and the prefixes of loggers. It keeps at most one incomplete line in memory.
/// </summary>
internal sealed partial class ConsoleLineNormalizer
{
    // The byte order mark of UTF-8, in Latin-1.
    private const string Utf8Mark = "\u00ef\u00bb\u00bf";

    private readonly Queue<ConsoleLine> _lines = new();
    private string _softBroken = "";
    private int _number;

    /// <summary>Adds a line of the text without its line end.</summary>
    /// <param name="bytes">The line.</param>
    /// <param name="canContinue">Whether it can be the rest of the line before it.</param>
    /// <returns>The lines of the console in it; more than one if HTML separates them.</returns>
    public IReadOnlyCollection<ConsoleLine> Read(ReadOnlySpan<byte> bytes, bool canContinue)
    {
        _number++;
        _lines.Clear();
        if (_softBroken.Length == 0 && !canContinue && !CanMatter(bytes)) return _lines;
        Add(_softBroken + Encoding.Latin1.GetString(bytes));
        return _lines;
    }

    /// <summary>Counts lines without content.</summary>
    public void CountEmptyLines(int count) => _number += count;

    /// <summary>Counts a line that is too long to be read.</summary>
    public void Skip()
    {
        _number++;
        _softBroken = "";
    }

    private void Add(string raw)
    {
        _softBroken = "";
        var text = Escapes().Replace(raw, "");
        if (_number == 1 && text.StartsWith(Utf8Mark, StringComparison.Ordinal)) text = text[Utf8Mark.Length..];
        // A line with quoted-printable: every '=' is followed by two digits or ends the line.
        if (text.TrimEnd() is var trimmed && Quoted().IsMatch(trimmed))
        {
            if (trimmed.EndsWith('=') && trimmed.Length < ConsoleLogReader.MaximumLineBytes)
            {
                _softBroken = trimmed[..^1];
                return;
            }
            text = Code().Replace(
                text,
                code => ((char)byte.Parse(code.ValueSpan[1..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString());
        }
        foreach (var part in text.Contains('<', StringComparison.Ordinal) ? LineTags().Split(text) : [text])
        {
            var line = part.Contains('<', StringComparison.Ordinal) ? Tags().Replace(part, "") : part;
            if (line.Contains('&', StringComparison.Ordinal)) line = WebUtility.HtmlDecode(line);
            // UTF-8 writes a no-break space as C2 A0.
            line = Blanks().Replace(line.Replace("\u00c2\u00a0", " ", StringComparison.Ordinal), " ").Trim();
            if (line.Length > 0) _lines.Enqueue(Split(line) with { Number = _number });
        }
    }

    private static ConsoleLine Split(string line)
    {
        var xen = line.IndexOf("(XEN)", StringComparison.Ordinal);
        if (xen >= 0)
        {
            if (!LoggerPrefix.IsPrefix(line.AsSpan(0, xen))) return new ConsoleLine(line, false);
            var rest = line[(xen + 5)..].TrimStart();
            var stamp = Stamp().Match(rest);
            return new ConsoleLine(rest[stamp.Length..], true)
            {
                XenTime = stamp.Success ? XenTimeOf(stamp.Groups["time"].Value) : null,
                LoggerTime = xen > 0 ? LoggerPrefix.TimeOf(line[..xen]) : null,
            };
        }
        // Where (XEN) is missing, what Xen prints shows where its text begins.
        var start = BareStart().Match(line);
        return start.Success && LoggerPrefix.IsPrefix(line.AsSpan(0, start.Index))
            ? new ConsoleLine(line[start.Index..], false) { LoggerTime = LoggerPrefix.TimeOf(line[..start.Index]) }
            : new ConsoleLine(line, false);
    }

    private static DateTimeOffset? XenTimeOf(string stamp) =>
        DateTimeOffset.TryParseExact(
            stamp,
            ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFF"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var time)
            ? time
            : null;

    // Most lines of a log have nothing of Xen. They are left out without creating a string.
    private static bool CanMatter(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOf("(XEN)"u8) >= 0
        || bytes.IndexOf("[0/"u8) >= 0
        || bytes.IndexOf("[1/"u8) >= 0
        || bytes.IndexOf("vent channel info"u8) >= 0
        || bytes.IndexOf("olling vCPUs"u8) >= 0
        || bytes.IndexOf("[p/m"u8) >= 0
        || bytes.IndexOf(" pressed -"u8) >= 0;

    // CSI and OSC sequences, other escapes, and control characters except the tab.
    [GeneratedRegex(@"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[ -/]*[0-~]|[\x00-\x08\x0b-\x1f\x7f]")]
    private static partial Regex Escapes();

    [GeneratedRegex("^[^=]*(=([0-9A-F]{2}[^=]*|$))*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Quoted();

    [GeneratedRegex("=[0-9A-F]{2}")]
    private static partial Regex Code();

    [GeneratedRegex(@"</?(?:br|p|div|li|tr|pre|blockquote)\b[^<>]{0,200}>", RegexOptions.IgnoreCase)]
    private static partial Regex LineTags();

    [GeneratedRegex(@"</?(?:code|tt|span|font|b|i|u|em|strong|td|kbd|samp)\b[^<>]{0,200}>", RegexOptions.IgnoreCase)]
    private static partial Regex Tags();

    [GeneratedRegex(@"[ \t\u00a0\u2003]+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"^\[ ?(?<time>[0-9a-f .:\-]+)\] ?")]
    private static partial Regex Stamp();

    [GeneratedRegex(
        "'.' pressed -> |Event channel information for domain |Domain [0-9]+ polling vCPUs|Polling vCPUs:|"
            + @"port \[p/m|(?<![0-9])[0-9]{1,6} ?\[[01]/[01]")]
    private static partial Regex BareStart();
}
