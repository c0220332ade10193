using System.Globalization;
using System.Text.RegularExpressions;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Recognizes the prefixes that other programs put before a line of Xen: syslog, journald, conserver, loggers of serial lines, <c>grep</c>,
/// quoting of mail and Markdown. A line of a guest begins with <c>(dN)</c>. No prefix contains this, so such a line is not mistaken for one
/// of Xen.
/// </summary>
internal static partial class LoggerPrefix
{
    /// <summary>The maximum length of a prefix in characters.</summary>
    public const int MaximumLength = 200;

    private const string Clock = "[0-9]{1,2}:[0-9]{2}:[0-9]{2}([.,][0-9]{1,9})?( [AP]M)?";
    private const string Zone = "Z|UTC|GMT|[+-][0-9]{2}(:?[0-9]{2})?";
    private const string IsoDate =
        "(?<year>[0-9]{4})[-/](?<month>[0-9]{2})[-/](?<day>[0-9]{2})([T ](?<clock>" + Clock + ")( ?(?<zone>" + Zone + "))?)?";
    private const string NamedDate =
        "([A-Z][a-z]{2},? )?(?<name>[A-Z][a-z]{2}) (?<day>[0-9]{1,2}) ((?<year>[0-9]{4}) )?(?<clock>" + Clock + ")( (?<zone>" + Zone
            + "))?( (?<year>[0-9]{4})(?![0-9:]))?";
    private const string MailDate =
        "([A-Z][a-z]{2}, )?(?<day>[0-9]{1,2}) (?<name>[A-Z][a-z]{2}) (?<year>[0-9]{4}) (?<clock>" + Clock + ")( (?<zone>" + Zone + "))?";
    private const string Date = "(" + IsoDate + "|" + NamedDate + "|" + MailDate + ")";

    /// <summary>Determines whether a text is a prefix of a logger, or empty.</summary>
    /// <param name="text">The text before <c>(XEN)</c>, with single blanks.</param>
    public static bool IsPrefix(ReadOnlySpan<char> text) => text.Length <= MaximumLength && Whole().IsMatch(text);

    /// <summary>Determines whether a text begins with the short name of a day or a month.</summary>
    public static bool IsDayOrMonth(ReadOnlySpan<char> text) => text.Length >= 3 && DayOrMonth().IsMatch(text[..3]);

    /// <summary>Returns the shape of a prefix, which lines from one source share: numbers as 0, without names of days and months.</summary>
    public static string ShapeOf(string prefix)
    {
        var shape = Number().Replace(DayOrMonth().Replace(prefix, ""), "0").TrimEnd();
        // 'grep -A' writes a colon after the line number of a matching line, and a hyphen after the numbers of the lines that follow it.
        // All these lines are from one source, so both kinds of prefix get the same shape, the one with colons.
        return GrepNumber().Replace(shape, match => match.Groups["file"].Success ? ":0:" : "0:");
    }

    /// <summary>
    /// Determines whether a text begins with a prefix of this shape. If so, the text is a line of its own, not the rest of the line before
    /// it.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="shape">The shape; empty if lines have no prefix.</param>
    public static bool HasShape(string text, string shape)
    {
        if (shape.Length == 0) return false;
        var start = Number().Replace(DayOrMonth().Replace(text, ""), "0");
        return start.StartsWith(shape, StringComparison.Ordinal)
            || shape.EndsWith(':') && start.StartsWith(ContextOf(shape), StringComparison.Ordinal);
    }

    // Returns the shape with hyphens for a shape with colons. 'grep -A' writes hyphens in the prefixes of the lines after a matching line.
    private static string ContextOf(string shape) =>
        shape.EndsWith(":0:", StringComparison.Ordinal) ? shape[..^3] + "-0-" : shape[..^1] + "-";

    /// <summary>Returns the date and time in a prefix; null if there is none with a year.</summary>
    public static LoggerTime? TimeOf(string prefix)
    {
        if (Dated().Match(prefix) is not { Success: true } match || !match.Groups["year"].Success || !match.Groups["clock"].Success)
            return null;
        var month = match.Groups["name"].Success ? match.Groups["name"].Value : match.Groups["month"].Value;
        var clock = match.Groups["clock"].Value.Replace(',', '.');
        // A DateTimeOffset holds seven digits of the fraction of a second. Further digits are dropped.
        if (clock.IndexOf('.', StringComparison.Ordinal) is var point and >= 0)
            clock = clock[..Math.Min(clock.Length, point + 8)].TrimEnd() + (clock.EndsWith('M') ? clock[^3..] : "");
        var zone = match.Groups["zone"] is { Success: true } group ? group.Value : null;
        var isUtc = zone is null or "Z" or "UTC" or "GMT";
        var text = $"{match.Groups["year"].Value} {month} {match.Groups["day"].Value} {clock} {(isUtc ? "Z" : zone)}";
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? new LoggerTime(time, zone is not null)
            : null;
    }

    // Each part of the pattern is an atomic group: once it has matched, the matcher does not try other ways to match it. So a long line
    // cannot make the matching slow.
    [GeneratedRegex(
        "^((?>" + Date + "((?> [A-Za-z0-9._/:\\[\\]-]{1,64})){0,6}|" + Clock
            + "|[0-9]{1,2}/[0-9]{1,2}/[0-9]{4}|[0-9]{8}T[0-9]{4,6}Z?|[A-Za-z0-9._/-]{1,100}-[0-9]{1,7}-|[A-Za-z0-9._-]{1,32} ?[>|]{1,8}"
            + @"|[>|]+|<[0-9]{1,3}>1?|[*+""`-]{1,2}|\[[0-9A-Za-z :.,+/_-]{1,48}\]|[0-9]{1,7}[:.-]?"
            + @"|[A-Za-z0-9._/-]{1,64}(\[[0-9]{1,10}\])?:) ?){0,8}$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Whole();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();

    [GeneratedRegex("(?<file>[:-])?(?<![0-9.])0[:-]$")]
    private static partial Regex GrepNumber();

    [GeneratedRegex(@"\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b")]
    private static partial Regex DayOrMonth();

    [GeneratedRegex("(?<![0-9])" + Date, RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Dated();
}
