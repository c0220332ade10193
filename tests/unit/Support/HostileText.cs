using System.Globalization;
using System.Text;

namespace XenShared.Tests.Support;

/// <summary>Characters that no output for people may hold, by Unicode's categories and not by the library's word.</summary>
internal static class HostileText
{
    /// <summary>
    /// One of each kind, among plain letters. Without a line feed and NUL, which neither arguments nor names of files have.
    /// </summary>
    public static string Portable { get; } =
        "x\u001b[31m\u0007\b\r\t\u007f\u009b\u0085\u00ad\u00a0\u061c\u200b\u200d\u200e\u200f\u202a\u202b\u202c"
        + "\u202d\u202e\u2066\u2067\u2068\u2069"
        + "\u2028\u2029\u2060\u2003\u202f\u3000\ufeff\ufff9\ue000\u0378\ufffe\uffff\U000e0041\U000f0000\U0010fffd\u3164\ufe0fy";

    /// <summary>The same with a line feed and NUL.</summary>
    public static string Escaped { get; } = Portable + "\n\0z";

    /// <summary>The same with halves of a surrogate pair.</summary>
    public static string All { get; } = Escaped + "\ud800w\udc00";

    /// <summary>Determines whether text is safe to show.</summary>
    public static bool IsClean(string text) => First(text) is null;

    /// <summary>
    /// Asserts that every line of an output is safe to show; escape sequences of colours count as hostile, so outputs are taken without
    /// them.
    /// </summary>
    public static void AssertClean(string output, string what)
    {
        var line = output.Split('\n').FirstOrDefault(line => !IsClean(line));
        Assert.True(line is null, $"{what} shows {First(line ?? "")}: {Escape(line ?? "")}");
    }

    /// <summary>Determines whether a code point is drawn as nothing although its category is one of letters, marks or symbols.</summary>
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
