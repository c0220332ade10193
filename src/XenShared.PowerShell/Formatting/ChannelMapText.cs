using System.Collections;
using System.ComponentModel;
using System.Globalization;
using System.Management.Automation;
using System.Text;

namespace XenShared.PowerShell.Formatting;

/// <summary>
/// Formats channel maps for the view: 80 columns, a letter for each port. Colours only repeat the information of the letters.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ChannelMapText
{
    private const string Yellow = "\u001b[33m";
    private const string Inverse = "\u001b[33;7m";
    private const string Faint = "\u001b[2m";
    private const string Magenta = "\u001b[35m";
    private const string Normal = "\u001b[0m";
    private const string Legend = "o quiet  P pending  M masked  B both  ? not known  . closed, or left out";

    /// <summary>Returns the map with its heading, its counts and its legend, line by line.</summary>
    public static IReadOnlyList<string> Lines(PSObject? map)
    {
        if (map is null) return [];
        var rows = (map.Properties["Row"]?.Value is { } value ? PSObject.AsPSObject(value).BaseObject : null) as IEnumerable;
        return
        [
            Heading(map),
            "",
            .. rows?.Cast<object>().Select(row => Coloured(ViewFormat.Plain(row.ToString()))) ?? [],
            "",
            Counts(map),
            Coloured(Legend, isLegend: true),
        ];
    }

    private static string Heading(PSObject map) =>
        $"Domain: {ViewFormat.Channels(Number(map, "DomId") ?? 0, Text(map, "DomainName"), Text(map, "HostName"), Text(map, "EventAbi"))}";

    private static string? Text(PSObject map, string property) => map.Properties[property]?.Value?.ToString();

    private static string Counts(PSObject map) =>
        $"{Count(map, "Open")} in use: {Count(map, "Pending")} pending, {Count(map, "Masked")} masked, {Count(map, "Unknown")} not known";

    private static string Coloured(string row, bool isLegend = false)
    {
        var text = new StringBuilder(row.Length * 2);
        string? last = null;
        for (var index = 0; index < row.Length; index++)
        {
            var colour = isLegend && !StandsAlone(row, index) ? null : Colour(row[index]);
            if (colour != last && last is not null) text.Append(Normal);
            if (colour != last) text.Append(colour);
            text.Append(row[index]);
            last = colour;
        }
        return last is null ? text.ToString() : text.Append(Normal).ToString();
    }

    private static string? Colour(char letter) =>
        letter switch
        {
            'P' => Yellow,
            'B' => Inverse,
            'M' or '.' => Faint,
            '?' => Magenta,
            _ => null,
        };

    // Determines whether the character at the index is a letter that the legend explains, and not part of a word: a space or an end of the
    // text is on each side of it.
    private static bool StandsAlone(string text, int index) =>
        (index == 0 || text[index - 1] == ' ') && (index + 1 == text.Length || text[index + 1] == ' ');

    private static int? Number(PSObject map, string property) =>
        map.Properties[property]?.Value is { } value
        && LanguagePrimitives.TryConvertTo<int>(value, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static string Count(PSObject map, string name) => Number(map, name) is { } known ? ViewFormat.Number(known) : "?";
}
