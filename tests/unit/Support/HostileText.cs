using System.Globalization;
using System.Text;

namespace XenShared.Tests.Support;

/// <summary>Lists the characters that no displayed text may contain, by Unicode's categories and independently of the library.</summary>
internal static class HostileText
{
    /// <summary>
    /// Gets one character of each kind, between plain letters, without line feed and NUL, which arguments and file names cannot contain.
    /// </summary>
    public static string Portable { get; } =
        "x\u001b[31m\u0007\b\r\t\u007f\u009b\u0085\u00ad\u00a0\u061c\u200b\u200d\u200e\u200f\u202a\u202b\u202c"
        + "\u202d\u202e\u2066\u2067\u2068\u2069"
        + "\u2028\u2029\u2060\u2003\u202f\u3000\ufeff\ufff9\ue000\u0378\ufffe\uffff\U000e0041\U000f0000\U0010fffd\u3164\ufe0fy";

    /// <summary>Gets the same text with a line feed and NUL.</summary>
    public static string Escaped { get; } = Portable + "\n\0z";

    /// <summary>Gets the same text with halves of a surrogate pair.</summary>
    public static string All { get; } = Escaped + "\ud800w\udc00";

    /// <summary>Determines whether a text is safe to display.</summary>
    public static bool IsClean(string text) => First(text) is null;

    /// <summary>
    /// Checks that every line of an output is safe to display. Escape sequences of colours are not safe, so the output must not have
    /// colours.
    /// </summary>
    public static void AssertClean(string output, string what)
    {
        var line = output.Split('\n').FirstOrDefault(line => !IsClean(line));
        Assert.True(line is null, $"{what} shows {First(line ?? "")}: {Escape(line ?? "")}");
    }

    /// <summary>Determines whether a code point is invisible although its category is one of letters, marks or symbols.</summary>
    public static bool IsInvisible(int value) =>
        value
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

    private static string? First(string text)
    {
        for (var index = 0; index < text.Length; index++)
        {
            if (!Rune.TryGetRuneAt(text, index, out var letter))
                return $"half a pair U+{(int)text[index]:X4}";
            if (Rune.GetUnicodeCategory(letter)
                is UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.PrivateUse
                    or UnicodeCategory.OtherNotAssigned)
                return $"U+{letter.Value:X4}";
            if (letter.Value != ' ' && Rune.GetUnicodeCategory(letter) == UnicodeCategory.SpaceSeparator)
                return $"U+{letter.Value:X4}";
            if (letter.Value > 0xFFFF)
                index++;
        }
        return null;
    }

    private static string Escape(string text) =>
        string.Concat(text.Select(letter => letter is >= ' ' and <= '~' ? letter.ToString() : $"\\u{(int)letter:x4}"));
}
