namespace XenShared.PowerShell.Completion;

/// <summary>Reads the host names in the user's ssh configuration and known hosts, for completion.</summary>
internal static class KnownHosts
{
    private const int MaximumLines = 10_000;

    private static readonly char[] s_separators = [' ', '\t', '=', ','];

    /// <summary>Returns the names. A file that cannot be read adds no names. Hashed names and patterns are left out.</summary>
    public static IEnumerable<string> Read()
    {
        var folder = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".ssh");
        return ReadLines(Path.Combine(folder, "config"))
            .Where(words => words[0].Equals("Host", StringComparison.OrdinalIgnoreCase))
            .SelectMany(words => words.Skip(1))
            .Concat(ReadLines(Path.Combine(folder, "known_hosts")).SelectMany(NamesOf))
            .Where(name => name.IndexOfAny(['*', '?', '!', '|']) < 0);
    }

    // Returns the names of the hosts in a line of known_hosts, which is split into words. The names come first, and the type of the key
    // follows them. A name with a port is in brackets. A line that begins with @ is a marker for a key, and one that begins with | has a
    // hashed name, so no names are returned for them.
    private static IEnumerable<string> NamesOf(string[] words) => words[0][0] is '@' or '|' ? []
        : words.TakeWhile(word => !word.StartsWith("ssh-", StringComparison.Ordinal) && !word.StartsWith("ecdsa-", StringComparison.Ordinal)
                && !word.StartsWith("sk-", StringComparison.Ordinal))
            .Select(word => word[0] == '[' ? word[1..].Split(']')[0] : word);

    private static string[][] ReadLines(string path)
    {
        try
        {
            return
            [
                .. File.ReadLines(path)
                    .Take(MaximumLines)
                    .Select(line => line.Split(s_separators, StringSplitOptions.RemoveEmptyEntries))
                    .Where(words => words.Length > 0 && words[0][0] != '#'),
            ];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
