using System.Text;

namespace XenShared.Files;

/// <summary>Reads the kind of a line of a capture.</summary>
internal static class CaptureLineKind
{
    /// <summary>
    /// Returns the kind of a line that begins with it, as every writer of captures begins its lines; otherwise null. The rest of such a
    /// line, often a page, is not read. This saves parsing each line twice.
    /// </summary>
    public static string? FromStart(ReadOnlySpan<byte> line)
    {
        var start = "{\"kind\":\""u8;
        if (!line.StartsWith(start)) return null;
        var rest = line[start.Length..];
        var length = rest.IndexOfAnyExceptInRange((byte)'a', (byte)'z');
        return length > 0 && rest[length] == '"' ? Encoding.ASCII.GetString(rest[..length]) : null;
    }
}
