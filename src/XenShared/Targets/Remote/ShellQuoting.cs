namespace XenShared.Targets.Remote;

/// <summary>
/// A command line for the login shell at the far end, which gets it as one string: each word in single quotes, in which no shell sees
/// anything but text.
/// </summary>
internal static class ShellQuoting
{
    /// <summary>Joins words.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>: a word has a character that no name, number or field has, such
    /// as a line feed.</exception>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word)
    {
        // In quotes these are text as well, but not for every shell; and nothing that is asked for has one.
        if (!DisplayText.IsSafe(word))
            throw new XenException(
                XenErrorId.PokeRefused,
                "A name or value with a control or format character in it is not sent to another host",
                "write it without");
        return $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }
}
