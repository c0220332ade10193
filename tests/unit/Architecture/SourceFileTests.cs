using System.Text.RegularExpressions;
using XenShared.Tests.Support;

namespace XenShared.Tests.Architecture;

/// <summary>Checks the form of source files.</summary>
public sealed partial class SourceFileTests
{
    private const int MaximumLines = 400;
    private const int MaximumLineLength = 140;

    // The lines of a capture belong together and to nothing else.
    private const string FileOfSeveralTypes = "CaptureLines.cs";

    public static TheoryData<string> Sources => new(SourceTree.CSharpFiles("src"));

    [Theory]
    [MemberData(nameof(Sources))]
    public void AFileHoldsOneTypeAndIsNamedAfterIt(string file)
    {
        if (Path.GetFileName(file) == FileOfSeveralTypes) return;
        var types = TopLevelType().Matches(SourceTree.Read(file)).Select(match => match.Groups["name"].Value);

        Assert.Equal([Path.GetFileNameWithoutExtension(file)], types);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void AFileIsNotLong(string file) => Assert.InRange(SourceTree.Read(file).Count(letter => letter == '\n'), 1, MaximumLines);

    // Tables and command lines in Markdown cannot be wrapped, and a tool creates the help of cmdlets from Markdown.
    [Fact]
    public void LinesEndAtTheLimitOfTheEditor()
    {
        string[] folders = ["src", "tests", "docs"];
        var files = folders.SelectMany(SourceTree.Files).Where(IsOfLimitedWidth)
            .Where(file => !file.StartsWith(Path.Combine("docs", "en-US"), StringComparison.Ordinal))
            .Append("build.ps1")
            .Append("Directory.Build.props")
            .Append("Directory.Solution.targets")
            .Append("README.md")
            .Append(Path.Combine(".ci", "run"));

        var tooLong =
            from file in files
            from line in SourceTree.Read(file).Split('\n').Select((text, index) => (Text: text, Number: index + 1))
            where line.Text.Length > MaximumLineLength
            where Path.GetExtension(file) != ".md" || line.Text is not (['|', ..] or [' ', ' ', ' ', ' ', ..])
            select $"{file}:{line.Number} has {line.Text.Length} characters";

        Assert.Empty(tooLong);
        Assert.Contains($"max_line_length = {MaximumLineLength}", SourceTree.Read(".editorconfig"), StringComparison.Ordinal);
    }

    private static bool IsOfLimitedWidth(string file) =>
        Path.GetExtension(file) is ".cs" or ".ps1" or ".ps1xml" or ".md" or ".c" or ".h" or ".sh" or ".py" or ".csproj" or ".props"
            or ".targets"
        || Path.GetExtension(file).Length == 0 && SourceTree.Read(file).StartsWith("#!", StringComparison.Ordinal);

    // A program that is tried in the working tree can leave its settings there, and they are committed unnoticed.
    [Fact]
    public void TheTopLevelHasNothingUnknown()
    {
        string[] known =
        [
            ".ci", ".editorconfig", ".github", ".gitignore", "CHANGELOG.md", "CONTRIBUTING.md", "Directory.Build.props",
            "Directory.Packages.props", "Directory.Solution.targets", "LICENSE", "PSScriptAnalyzerSettings.psd1", "README.md",
            "SECURITY.md", "XenShared.psd1", "XenShared.slnx", "build.ps1", "docs", "global.json", "src", "tests",
        ];

        var committed = SourceTree.ReadCommittedNames();

        if (committed is null) Assert.Skip("git is not installed, or the sources are not in a git repository");
        Assert.Empty(committed.Select(name => name.Split('/')[0]).Distinct().Except(known));
    }

    [Fact]
    public void AConditionBeginsOnTheLineOfItsKeyword()
    {
        string[] folders = ["src", "tests"];
        var lone =
            from file in folders.SelectMany(SourceTree.CSharpFiles)
            from line in SourceTree.Read(file).Split('\n').Select((text, index) => (Text: text, Number: index + 1))
            where LoneKeyword().IsMatch(line.Text)
            select $"{file}:{line.Number}";

        Assert.Empty(lone);
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void ASummaryIsNoFragment(string file) =>
        Assert.DoesNotMatch(@"<summary>\s*(///\s*)?(What|How|Whether|Why|When|Where|Which|Who)\b", SourceTree.Read(file));

    [Theory]
    [MemberData(nameof(Sources))]
    public void NativeFunctionsAreDeclaredInNative(string file)
    {
        if (file.StartsWith(Path.Combine("src", "XenShared", "Native") + Path.DirectorySeparatorChar, StringComparison.Ordinal)) return;

        Assert.DoesNotMatch(@"\b(DllImport|LibraryImport)\b", SourceTree.Read(file));
    }

    [Fact]
    public void NothingIsCalledAfterNothing()
    {
        string[] folders = ["src", "tests"];
        var files = folders.SelectMany(SourceTree.CSharpFiles).ToArray();

        Assert.DoesNotContain(files, file => EmptyName().IsMatch(file));
        Assert.DoesNotContain(files, file =>
            TypeOfAnyKind().Matches(SourceTree.Read(file)).Any(match => EmptyName().IsMatch(match.Groups["name"].Value)));
    }

    [Fact]
    public void OnlyTheModuleReferencesPowerShell() =>
        Assert.All(SourceTree.Files("src").Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)), project =>
            Assert.Equal(
                project.Contains("XenShared.PowerShell", StringComparison.Ordinal),
                SourceTree.Read(project).Contains("PowerShellStandard.Library", StringComparison.Ordinal)
                    || SourceTree.Read(project).Contains("System.Management.Automation", StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Sources))]
    public void OnlyTheModuleUsesPowerShell(string file)
    {
        if (file.Contains("XenShared.PowerShell", StringComparison.Ordinal)) return;

        Assert.DoesNotContain("System.Management.Automation", SourceTree.Read(file), StringComparison.Ordinal);
    }

    [Fact]
    public void TheCompilerRefusesPublicMembersWithoutDocumentation()
    {
        var properties = SourceTree.Read("Directory.Build.props");
        Assert.Contains("<GenerateDocumentationFile>true</GenerateDocumentationFile>", properties, StringComparison.Ordinal);
        Assert.Contains("<TreatWarningsAsErrors>true</TreatWarningsAsErrors>", properties, StringComparison.Ordinal);
        Assert.Matches(@"(?s)\[\*\.cs\].*?dotnet_diagnostic\.CS1591\.severity = (warning|error)", SourceTree.Read(".editorconfig"));
        // The command has no public surface; the two that have one may not switch it off.
        foreach (var project in (string[])["src/XenShared/XenShared.csproj", "src/XenShared.PowerShell/XenShared.PowerShell.csproj"])
        {
            Assert.DoesNotContain("1591", SourceTree.Read(project), StringComparison.Ordinal);
            Assert.DoesNotContain("<GenerateDocumentationFile>false", SourceTree.Read(project), StringComparison.Ordinal);
        }
    }

    [GeneratedRegex(
        @"^(?:(?:public|internal|sealed|static|abstract|partial|readonly|unsafe|ref|file) )*"
            + @"(?:class|record struct|record class|record|struct|interface|enum|delegate \S+) (?<name>\w+)",
        RegexOptions.Multiline
    )]
    private static partial Regex TopLevelType();

    [GeneratedRegex(@"^\s*(?:else )?(?:if|while|foreach) \($")]
    private static partial Regex LoneKeyword();

    [GeneratedRegex(@"\b(?:class|struct|record|interface|enum) (?<name>[A-Z]\w+)")]
    private static partial Regex TypeOfAnyKind();

    [GeneratedRegex(@"(?<![a-z])(Manager|Helper|Util|Common)s?(?![a-z])|(?<=[a-z])(Manager|Helper|Util|Common)s?(?![a-z])")]
    private static partial Regex EmptyName();
}
