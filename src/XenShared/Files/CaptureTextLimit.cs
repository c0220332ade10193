using System.Text.Json;

namespace XenShared.Files;

/// <summary>Checks the lengths of the texts in the lines of a capture.</summary>
internal static class CaptureTextLimit
{
    /// <summary>Determines whether a line contains a text or a property name that is longer than a limit.</summary>
    /// <param name="kind">The kind of the line.</param>
    /// <param name="line">The line.</param>
    /// <param name="maximum">The maximum length in bytes, as the text is written.</param>
    public static bool IsExceeded(string kind, ReadOnlySpan<byte> line, int maximum)
    {
        // Xen's output has its own limit. The lines of ports are the longest, and the reader takes no text from them.
        if (line.Length <= maximum || kind is "debugkey" or "ports") return false;
        var reader = new Utf8JsonReader(line);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName)) continue;
                if (reader.ValueSpan.Length > maximum) return true;
            }
        }
        catch (JsonException)
        {
            // The parser of the line reports this error with the line number.
        }
        return false;
    }
}
