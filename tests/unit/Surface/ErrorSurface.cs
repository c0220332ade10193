using System.Text.RegularExpressions;
using XenShared.Tests.Support;

namespace XenShared.Tests.Surface;

/// <summary>Lists the error ids: those of the library, and those that the module gives next to a category.</summary>
internal static partial class ErrorSurface
{
    public static IEnumerable<string> Lines() => Enum.GetNames<XenErrorId>()
        .Concat(SourceTree.CSharpFiles(Path.Combine("src", "XenShared.PowerShell"))
            .SelectMany(file => IdBeforeCategory().Matches(SourceTree.Read(file)).Select(match => match.Groups["id"].Value)))
        .Select(id => $"error {id}");

    [GeneratedRegex("\"(?<id>[A-Z][A-Za-z]+)\",\\s*ErrorCategory\\.")]
    private static partial Regex IdBeforeCategory();
}
