using XenShared.Tests.Support;

namespace XenShared.Tests.Surface;

/// <summary>Compares the public surface with <c>docs/reference/surface.txt</c>, so that each change of it is seen in a review.</summary>
public sealed class PublicSurfaceTests
{
    private const string Rewrite = "./build.ps1 -Task Surface";

    private static readonly string s_file = Path.Combine("docs", "reference", "surface.txt");

    [Fact]
    public void TheSurfaceIsTheDocumentedOne()
    {
        var actual = PublicSurface.Lines().ToArray();
        var path = Path.Combine(SourceTree.Root, s_file);
        if (Environment.GetEnvironmentVariable("XENSHARED_WRITE_SURFACE") == "1") File.WriteAllLines(path, actual);
        var documented = File.ReadAllLines(path);

        var differences = documented
            .Except(actual)
            .Select(line => $"- {line}")
            .Concat(actual.Except(documented).Select(line => $"+ {line}"))
            .ToArray();

        Assert.True(
            differences.Length == 0,
            $"The public surface differs from {s_file}. If that is intended, run '{Rewrite}' and commit the "
                + $"file.\n{string.Join('\n', differences)}");
        Assert.Equal(documented, actual);
    }

    // An empty list would agree with an empty file.
    [Theory]
    [InlineData("cmdlet Get-XenDomain output XenDomain")]
    [InlineData("property XenDomain.DomId : UInt16")]
    [InlineData("property XenTarget.IsDefault : Boolean")]
    [InlineData("enum EventAbi.Fifo = 2")]
    [InlineData("error DomainNotFound")]
    [InlineData("error TargetAmbiguous")]
    [InlineData("command xenshared domains")]
    [InlineData("json ModelJson XenDomain.DomId : UInt16")]
    public void AnItemOfEachKindIsListed(string line) => Assert.Contains(line, PublicSurface.Lines());
}
