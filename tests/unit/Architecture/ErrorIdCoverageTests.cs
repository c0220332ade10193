using System.Text.RegularExpressions;
using XenShared.Tests.Support;

namespace XenShared.Tests.Architecture;

/// <summary>Checks that each error id occurs in a test.</summary>
public sealed class ErrorIdCoverageTests
{
    // Where ids are only listed.
    private static readonly string[] s_lists = [$"{nameof(ErrorIdCoverageTests)}.cs", "XenExceptionTests.cs"];

    public static TheoryData<XenErrorId> Given => new(Enum.GetValues<XenErrorId>());

    [Theory]
    [MemberData(nameof(Given))]
    public void AnErrorThatIsGivenAppearsInATest(XenErrorId id)
    {
        var word = new Regex($@"\b{id}\b");
        var tests = SourceTree
            .Files("tests")
            .Where(file => IsTest(file) && !s_lists.Contains(Path.GetFileName(file)) && word.IsMatch(SourceTree.Read(file)));

        Assert.NotEmpty(tests);
    }

    private static bool IsTest(string file) => Path.GetExtension(file) is ".cs" or ".ps1" or ".psm1" or ".sh" or ".c";
}
