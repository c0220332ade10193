using System.Net;
using System.Text;

namespace XenShared.Fuzz.Samples;

/// <summary>Writes a text as mail programs, web pages, terminals and editors pass it on.</summary>
public static class PastedText
{
    private static readonly Func<string, string>[] s_changes =
    [
        line => "> " + line,
        line => "    " + line,
        line => line + "  ",
        line => line.Replace("    ", " ", StringComparison.Ordinal),
        line => $"\u001b[1m{line}\u001b[0m",
        line => WebUtility.HtmlEncode(line) + "<br>",
        line => $"<li>{WebUtility.HtmlEncode(line)}</li>",
        line => line.Replace("=", "=3D", StringComparison.Ordinal),
        line => line.Length > 40 ? line.Insert(PlaceIn(line), "=\n") : line,
        line => line.Length > 40 ? line.Insert(PlaceIn(line), "\n") : line,
        line => line.Replace("(XEN) ", "", StringComparison.Ordinal),
        line => "2026-11-22 12:00:01,384 host xen[1]: " + line,
        line => "/var/log/xen/hypervisor.log:12:" + line,
        line => line + "\r",
    ];

    private static readonly Encoding[] s_encodings =
        [Encoding.Latin1, Encoding.Latin1, Encoding.UTF8, Encoding.Unicode, Encoding.BigEndianUnicode];

    /// <summary>Returns the bytes of a text after some of these changes.</summary>
    public static byte[] Write(string text, Random random)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(random);
        for (var changes = random.Next(1, 4); changes > 0; changes--)
        {
            var change = s_changes[random.Next(s_changes.Length)];
            text = string.Join('\n', text.Split('\n').Select(line => line.Length > 0 ? change(line) : line));
        }
        var encoding = s_encodings[random.Next(s_encodings.Length)];
        return [.. random.Next(2) == 0 ? encoding.Preamble : default, .. encoding.GetBytes(text)];
    }

    // Anywhere in the line, and the same for the same line.
    private static int PlaceIn(string line) => 20 + line.Sum(letter => letter) % (line.Length - 20);
}
