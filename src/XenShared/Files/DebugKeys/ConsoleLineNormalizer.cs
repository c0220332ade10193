using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Removes what other programs added to the lines of a console log: terminal escapes, HTML, quoted-printable, quoting of mail,
/// indentation, and the prefixes of loggers. It keeps at most one incomplete line in memory.
/// </summary>
internal sealed partial class ConsoleLineNormalizer
{
    // The three bytes of the UTF-8 byte order mark as three characters, because the text is decoded as Latin-1, a character for each byte.
    private const string Utf8Mark = "\u00ef\u00bb\u00bf";

    private const int MaximumQuotedPrintable = 1024;

    private readonly Queue<ConsoleLine> _lines = new();
    private string _softBroken = "";

    /// <summary>Gets the number of the line that was read last, counted from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Reads a line of the text.</summary>
    /// <param name="bytes">The line, without its line end.</param>
    /// <param name="canContinue">Whether the line can be the rest of the line before it. If so, it is returned even if it does not look
    /// like a line of Xen.</param>
    /// <returns>The console lines in it: several if HTML tags separate them, and none if the line cannot be from Xen.</returns>
    public IReadOnlyCollection<ConsoleLine> Read(ReadOnlySpan<byte> bytes, bool canContinue)
    {
        Number++;
        _lines.Clear();
        if (_softBroken.Length == 0 && !canContinue && !CanMatter(bytes)) return _lines;
        Add(Encoding.Latin1.GetString(bytes));
        return _lines;
    }

    /// <summary>Counts lines without content.</summary>
    public void CountEmptyLines(int count) => Number += count;

    /// <summary>Counts a line that is too long to be read.</summary>
    public void Skip()
    {
        Number++;
        _softBroken = "";
    }

    /// <summary>
    /// Returns the lines that are left at the end of the text if its last quoted-printable line announces a continuation.
    /// </summary>
    public IReadOnlyCollection<ConsoleLine> Flush()
    {
        _lines.Clear();
        if (_softBroken.Length > 0) Decode(_softBroken);
        _softBroken = "";
        return _lines;
    }

    private void Add(string raw)
    {
        var text = Escapes().Replace(raw, "");
        // The field _softBroken contains the parts of a broken line so far. If they begin with the quote characters of a mail, this part
        // does too. They are not part of the line, so they are removed from this part.
        if (MailQuotes().IsMatch(_softBroken)) text = MailQuotes().Replace(text, "");
        text = _softBroken + text;
        _softBroken = "";
        if (Number == 1 && text.StartsWith(Utf8Mark, StringComparison.Ordinal)) text = text[Utf8Mark.Length..];
        // In quoted-printable, '=' at the end of a line announces that the text continues on the next line. Xen's lines are shorter than
        // MaximumQuotedPrintable. A longer line is not continued, so that the memory is limited.
        if (text.TrimEnd() is var trimmed && trimmed.EndsWith('=') && trimmed.Length < MaximumQuotedPrintable && Quoted().IsMatch(trimmed))
            _softBroken = trimmed[..^1];
        else Decode(text);
    }

    private void Decode(string text)
    {
        var length = text.Length;
        if (Quoted().IsMatch(text.TrimEnd()))
            text = (text.Contains("=3D", StringComparison.Ordinal) ? Code() : CodeWithoutEquals()).Replace(
                text,
                code => ((char)byte.Parse(code.ValueSpan[1..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString());
        // A line counts as part of a web page only if it begins with a tag. In other lines, a guest can have written the tag and the text
        // behind it.
        var parts = text.Contains('<', StringComparison.Ordinal) ? LineTags().Split(text) : [text];
        var isPage = text.AsSpan().TrimStart().StartsWith("<") && parts[0].AsSpan().Trim().IsEmpty;
        var isFirst = true;
        foreach (var part in parts)
        {
            var line = part.Contains('<', StringComparison.Ordinal) ? Tags().Replace(Cells().Replace(part, " "), "") : part;
            if (line.Contains('&', StringComparison.Ordinal)) line = WebUtility.HtmlDecode(line);
            var raw = ReplaceSpecialBlanks(line);
            line = Unescape(raw);
            if (line.Length == 0) continue;
            var split = Split(line);
            _lines.Enqueue(split with
            {
                Number = Number,
                Length = length,
                Raw = raw,
                IsFromGuest = split.IsFromGuest || !isFirst && !isPage,
            });
            isFirst = false;
        }
    }

    private static string ReplaceSpecialBlanks(string line) =>
        line.AsSpan().ContainsAnyInRange('\u0080', '\u00ff') ? Invisible().Replace(WideBlanks().Replace(line, " "), "") : line;

    // Returns the line without the changes of editors and other programs: typographic quotes and arrows, the backslashes of Markdown, and
    // the '$' that 'cat -A' appends. Each run of blanks becomes one blank.
    private static string Unescape(string line)
    {
        if (line.AsSpan().ContainsAnyInRange('\u0080', '\u00ff'))
            line = Arrow().Replace(TypographicQuotes().Replace(line, "'"), "->");
        if (line.Contains('\\', StringComparison.Ordinal)) line = MarkdownEscapes().Replace(line, "$1");
        line = TrailingMarks().Replace(Blanks().Replace(line, " ").Trim(), "");
        return line.EndsWith('$') ? LineEndSign().Replace(line, "") : line;
    }

    private static ConsoleLine Split(string line)
    {
        var xen = line.IndexOf("(XEN)", StringComparison.Ordinal);
        if (xen >= 0)
        {
            if (!LoggerPrefix.IsPrefix(line.AsSpan(0, xen))) return Foreign(line);
            var rest = line[(xen + 5)..].TrimStart();
            var stamp = Stamp().Match(rest);
            return new ConsoleLine(rest[stamp.Length..], true)
            {
                Prefix = LoggerPrefix.ShapeOf(line[..xen]),
                XenTime = stamp.Success ? XenTimeOf(stamp.Groups["time"].Value) : null,
                BootTime = stamp.Success ? BootTimeOf(stamp.Groups["time"].ValueSpan) : null,
                LoggerTime = xen > 0 ? LoggerPrefix.TimeOf(line[..xen]) : null,
            };
        }
        // The line has no "(XEN)". BareStart matches the known starts of the texts that Xen prints, so it shows where Xen's text begins.
        var start = BareStart().Match(line);
        if (!start.Success || !LoggerPrefix.IsPrefix(line.AsSpan(0, start.Index))) return Foreign(line);
        return new ConsoleLine(line[start.Index..], false)
        {
            Prefix = LoggerPrefix.ShapeOf(line[..start.Index]),
            LoggerTime = LoggerPrefix.TimeOf(line[..start.Index]),
        };
    }

    // Creates the result for a line that does not begin like a line of Xen. It can be the rest of a line that was broken in a quoted mail,
    // so the quote characters before it are removed.
    private static ConsoleLine Foreign(string line) =>
        new(Quotes().Replace(line, ""), false) { IsFromGuest = Guest().IsMatch(line) };

    private static DateTimeOffset? XenTimeOf(string stamp) =>
        DateTimeOffset.TryParseExact(
            stamp,
            ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd HH:mm:ss.FFFFFF"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var time)
            ? time
            : null;

    // Returns the seconds since the start of Xen, which Xen prints with a decimal point. Null for other time stamps: without a point, a
    // stamp is the counter of a processor in hexadecimal.
    private static decimal? BootTimeOf(ReadOnlySpan<char> stamp) =>
        stamp.Length <= 28
        && stamp.Contains('.')
        && decimal.TryParse(
            stamp,
            NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite,
            CultureInfo.InvariantCulture,
            out var time)
            ? time
            : null;

    // Determines whether a line can be from Xen or a tool. Most lines of a log are not, and no string is created for them: the bytes are
    // compared.
    private static bool CanMatter(ReadOnlySpan<byte> bytes) =>
        bytes.IndexOf("(XEN)"u8) >= 0
        || bytes.IndexOf("[0/"u8) >= 0
        || bytes.IndexOf("[1/"u8) >= 0
        || bytes.IndexOf(": s="u8) >= 0
        || bytes.IndexOf("vent channel info"u8) >= 0
        || bytes.IndexOf("nformation "u8) >= 0
        || bytes.IndexOf("refcnt="u8) >= 0
        || bytes.IndexOf("nr_pages="u8) >= 0
        || bytes.IndexOf("vm_assist="u8) >= 0
        || bytes.IndexOf("[has="u8) >= 0
        || bytes.IndexOf("pause_count="u8) >= 0
        || bytes.IndexOf("Notifying guest "u8) >= 0
        || bytes.IndexOf("olling vCPUs"u8) >= 0
        || bytes.IndexOf("[p/m"u8) >= 0
        || bytes.IndexOf("VCPU"u8) >= 0
        || bytes.IndexOf("lsevtchn"u8) >= 0
        || bytes.IndexOf(" = \""u8) >= 0
        || bytes.IndexOf("= &quot;"u8) >= 0
        || bytes.IndexOf("=3D \""u8) >= 0
        || bytes.IndexOf("/local/domain/"u8) >= 0
        || bytes.IndexOf("/libxl/"u8) >= 0
        || bytes.IndexOf("xenstore"u8) >= 0
        || bytes.IndexOf("vcpu "u8) >= 0
        // A terminal can have moved the end of a long line of a guest to the next line, which can then look like a line of Xen or a tool.
        || bytes.Length >= ConsoleLogReader.ShortestWrappedLine && bytes.IndexOf("(d"u8) >= 0
        || bytes.IndexOf(" pressed -"u8) >= 0;

    // Matches escape sequences of terminals (CSI, OSC and others), and control characters except the tab.
    [GeneratedRegex(@"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[()][0AB]|\x1b[=>78]|[\x00-\x08\x0b-\x1f\x7f]")]
    private static partial Regex Escapes();

    [GeneratedRegex("^[^=]*(=([0-9A-F]{2}[^=]*|$))*$", RegexOptions.ExplicitCapture)]
    private static partial Regex Quoted();

    [GeneratedRegex("=[0-9A-F]{2}")]
    private static partial Regex Code();

    // Matches quoted-printable codes in a line without "=3D". In such a line, "=12" is more likely the value of a field of Xen than a code.
    // Xen prints hexadecimal digits in small letters, so a code must contain a capital letter. Mail programs also write a blank at the end
    // of a line as "=20" or "=09". These are codes unless the name of a field of Xen is before them.
    [GeneratedRegex("=(?=[0-9A-F]{0,1}[A-F])[0-9A-F]{2}|(?<!flags|mask|assist|count|pend|poll|pages)=(20|09)$")]
    private static partial Regex CodeWithoutEquals();

    [GeneratedRegex(@"</?(?:br|p|div|li|tr|pre|blockquote|html|head|body|table|ul|ol)\b[^<>]{0,200}>", RegexOptions.IgnoreCase)]
    private static partial Regex LineTags();

    [GeneratedRegex(@"</?(?:a|code|tt|span|font|b|i|u|em|strong|kbd|samp)\b[^<>]{0,200}>", RegexOptions.IgnoreCase)]
    private static partial Regex Tags();

    [GeneratedRegex(@"</?(?:td|th)\b[^<>]{0,200}>", RegexOptions.IgnoreCase)]
    private static partial Regex Cells();

    // Matches characters without width, in UTF-8 that was decoded as Latin-1: U+200B to U+200F, U+2060 and U+FEFF.
    [GeneratedRegex("\u00e2\u0080[\u008b-\u008f]|\u00e2\u0081\u00a0|\u00ef\u00bb\u00bf")]
    private static partial Regex Invisible();

    // Matches typographic single quotes of editors, in UTF-8 that was decoded as Latin-1: U+2018, U+2019 and U+201B.
    [GeneratedRegex("\u00e2\u0080[\u0098\u0099\u009b]")]
    private static partial Regex TypographicQuotes();

    // Matches what editors write for "->", in UTF-8 that was decoded as Latin-1: the arrow U+2192, or a dash (U+2013 or U+2014) before '>'.
    [GeneratedRegex("\u00e2\u0086\u0092|\u00e2\u0080[\u0093\u0094]>")]
    private static partial Regex Arrow();

    // Matches marks that CSV, JSON or Markdown have at the end of a line.
    [GeneratedRegex("[\"`*]+[,;]?$")]
    private static partial Regex TrailingMarks();

    [GeneratedRegex(@"[ \t\u00a0\u2003]+")]
    private static partial Regex Blanks();

    // Matches special blanks, in UTF-8 that was decoded as Latin-1: U+00A0, U+2000 to U+200A and U+202F.
    [GeneratedRegex("\u00c2\u00a0|\u00e2\u0080[\u0080-\u008a\u00af]")]
    private static partial Regex WideBlanks();

    [GeneratedRegex(@"\\([\[\]_*`'>{}-])")]
    private static partial Regex MarkdownEscapes();

    [GeneratedRegex(@"(\^M)?\$$")]
    private static partial Regex LineEndSign();

    [GeneratedRegex("^[>| ]+")]
    private static partial Regex Quotes();

    [GeneratedRegex("^([>|] ?)+", RegexOptions.ExplicitCapture)]
    private static partial Regex MailQuotes();

    [GeneratedRegex(@"\(d[0-9]+\)|\(d$|^[0-9]*\)")]
    private static partial Regex Guest();

    [GeneratedRegex(@"^\[ ?(?<time>[0-9a-f .:\-]+)\] ?")]
    private static partial Regex Stamp();

    [GeneratedRegex(
        "'.' pressed -> |Event channel information for domain |Domain [0-9]+ polling vCPUs|Polling vCPUs:|"
            + "General information for domain |VCPU information and callbacks |refcnt=[0-9]|nr_pages=[0-9]|handle=[0-9a-f]{8}-|"
            + "VCPU[0-9]{1,4}: CPU|pause_count=[0-9]|Notifying guest [0-9]|"
            + "[0-9]{1,6}: VCPU [0-9]|"
            + "(?<![0-9])[0-9]{1,6}: VCPU [0-9]|"
            + @"port \[p/m|(?<![0-9])[0-9]{1,6} ?\[[01]/[01]")]
    private static partial Regex BareStart();
}
