using System.Text.RegularExpressions;

namespace XenShared.Pester;

/// <summary>
/// Represents an <c>It</c> in a file of the suite. An <c>It</c> with <c>-ForEach</c> is one case, however many rows it has.
/// </summary>
/// <param name="File">The file's name.</param>
/// <param name="Name">The name as it is written, with its placeholders.</param>
public sealed partial record PesterCase(string File, string Name)
{
    /// <summary>Finds all cases by reading the text, so that they are known even if PowerShell cannot run.</summary>
    public static IEnumerable<PesterCase> FindAll(string folder) =>
        from file in Directory.EnumerateFiles(folder, "*.Tests.ps1").Order(StringComparer.Ordinal)
        from Match match in NameOfIt().Matches(System.IO.File.ReadAllText(file))
        select new PesterCase(Path.GetFileName(file), match.Groups["name"].Value.Replace("''", "'", StringComparison.Ordinal));

    [GeneratedRegex(@"^[ \t]*It[ \t]+'(?<name>(?:[^'\r\n]|'')*)'", RegexOptions.Multiline)]
    private static partial Regex NameOfIt();
}
