using System.Globalization;
using System.Text;

namespace XenShared;

/// <summary>
/// Makes text safe to display. A name from a guest, a toolstack, a file or another host can contain characters that control a terminal, or
/// that hide or reorder other text. So every front end passes displayed text through this type. Values in objects and in JSON are not
/// changed.
/// </summary>
public static class DisplayText
{
    /// <summary>Specifies the character that replaces an unsafe character by default.</summary>
    public const char Replacement = '?';

    /// <summary>Replaces each unsafe character, and replaces each kind of space with U+0020. Returns an empty string for null.</summary>
    /// <param name="text">The text.</param>
    /// <param name="replacement">The character to put in place of an unsafe one.</param>
    public static string Sanitize(string? text, char replacement = Replacement)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var start = IndexOfUnsafe(text);
        if (start < 0) return text;
        var safe = new StringBuilder(text.Length).Append(text, 0, start);
        for (var index = start; index < text.Length;)
        {
            var letter = Next(text, index, out var length);
            if (letter is { } known && IsSafe(known, IsAfterGap(safe))) safe.Append(text, index, length);
            else safe.Append(letter is { } space && IsSpace(space) ? ' ' : replacement);
            index += length;
        }
        return safe.ToString();
    }

    /// <summary>Returns <c>domain 5 (web01)</c>, or <c>domain 5</c> if the name is not known.</summary>
    public static string Domain(ushort domId, string? name)
    {
        var number = domId.ToString(CultureInfo.InvariantCulture);
        return string.IsNullOrEmpty(name) ? $"domain {number}" : $"domain {number} ({Sanitize(name)})";
    }

    /// <summary>
    /// Breaks text that is already safe into lines of at most <paramref name="width"/> characters. A word that is longer gets a line of its
    /// own.
    /// </summary>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        return Lines();

        IEnumerable<string> Lines()
        {
            while (text.Length > width)
            {
                var end = text.LastIndexOf(' ', width);
                if (end <= 0) end = text.IndexOf(' ', width);
                if (end < 0) break;
                yield return text[..end];
                text = text[(end + 1)..];
            }
            yield return text;
        }
    }

    /// <summary>Determines whether the text can be displayed unchanged.</summary>
    public static bool IsSafe(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return IndexOfUnsafe(text) < 0;
    }

    private static int IndexOfUnsafe(string text)
    {
        // Printable ASCII (from ' ' to '~') is safe, and most texts contain nothing else. So the loop begins only at the first other
        // character.
        var index = text.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        if (index < 0) return -1;
        var isAfterGap = index == 0 || text[index - 1] == ' ';
        while (index < text.Length)
        {
            if (Next(text, index, out var length) is not { } letter || !IsSafe(letter, isAfterGap)) return index;
            isAfterGap = letter.Value == ' ';
            index += length;
        }
        return -1;
    }

    // Returns the character at the index. Returns null for one half of a surrogate pair without the other half, which is not a character.
    private static Rune? Next(string text, int index, out int length)
    {
        var isWhole = Rune.TryGetRuneAt(text, index, out var letter);
        length = isWhole ? letter.Utf16SequenceLength : 1;
        return isWhole ? letter : null;
    }

    private static bool IsAfterGap(StringBuilder text) => text.Length == 0 || text[^1] == ' ';

    private static bool IsSafe(Rune letter, bool isAfterGap) =>
        letter.Value == ' '
        || !IsInvisible(letter)
            && Rune.GetUnicodeCategory(letter) switch
            {
                UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator =>
                    false,
                UnicodeCategory.Surrogate
                or UnicodeCategory.PrivateUse
                or UnicodeCategory.OtherNotAssigned
                or UnicodeCategory.SpaceSeparator => false,
                // A combining mark is drawn on the character before it. At the start of a text, this is a character outside the text, such
                // as the border of a table. So a mark is unsafe there, and also after a space.
                UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => !isAfterGap,
                _ => true,
            };

    private static bool IsSpace(Rune letter) => Rune.GetUnicodeCategory(letter) == UnicodeCategory.SpaceSeparator;

    // Determines whether nothing is displayed for a character. With such characters, two different names can look the same. They are those
    // of Unicode's Default_Ignorable_Code_Point (except category Cf, which IsSafe rejects anyway), and the empty Braille pattern.
    private static bool IsInvisible(Rune letter) =>
        letter.Value
            is 0x034F
                or 0x115F
                or 0x1160
                or 0x17B4
                or 0x17B5
                or (>= 0x180B and <= 0x180F)
                or 0x2800
                or 0x3164
                or (>= 0xFE00 and <= 0xFE0F)
                or 0xFFA0
                or (>= 0xE0000 and <= 0xE0FFF);
}
