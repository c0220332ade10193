namespace XenShared.Targets.Remote;

/// <summary>
/// Creates a command line for the remote login shell, which receives it as one string. Each word is in single quotes, so every shell treats
/// it as plain text.
/// </summary>
internal static class ShellQuoting
{
    /// <summary>Quotes words and joins them with spaces.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.PokeRefused"/>: a word has a control or format character, such as a line
    /// feed.</exception>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    private static string Quote(string word)
    {
        // Some shells interpret control and format characters even in quotes, and no argument needs them.
        if (!DisplayText.IsSafe(word))
            throw new XenException(
                XenErrorId.PokeRefused,
                "A name or value with a control or format character in it is not sent to another host",
                "write it without");
        return $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }
}
