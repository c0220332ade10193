using XenShared.Targets;
using XenShared.Tests.Support;

namespace XenShared.Tests.Architecture;

/// <summary>
/// Checks that no code tests for the class of a data source. Its properties describe its capabilities, and a test for a class omits the
/// other classes.
/// </summary>
public sealed class DataSourceTests
{
    private static readonly string s_targets = Path.Combine("src", "XenShared", "Targets") + Path.DirectorySeparatorChar;

    public static TheoryData<string> Sources =>
        new(SourceTree.CSharpFiles("src").Where(file => !file.StartsWith(s_targets, StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Sources))]
    public void NoOtherCodeTestsItsType(string file)
    {
        var names = string.Join('|', Types().Select(type => type.Name));

        Assert.DoesNotMatch(
            $@"\b(is|as|case)\s+(not\s+)?([A-Za-z]+\.)*({names})\b|\(({names})\)\s*[a-z_(]|\bOfType<({names})>",
            SourceTree.Read(file));
    }

    // The front ends implement the observer; tests stand in for the locator, which needs a guest whose memory is searched.
    private static readonly string[] s_implementedElsewhere = ["IPokeLocator", "IPokeObserver"];

    [Fact]
    public void EveryInterfaceHasSeveralImplementations()
    {
        var types = typeof(IXenDataSource).Assembly.GetTypes();

        var single = types.Where(type => type.IsInterface)
            .Where(type => types.Count(other => other is { IsClass: true, IsAbstract: false } && type.IsAssignableFrom(other)) < 2)
            .Select(type => type.Name);

        Assert.Equal(s_implementedElsewhere, single.Order(StringComparer.Ordinal));
    }

    private static Type[] Types()
    {
        Type[] interfaces = [typeof(IXenDataSource), typeof(IGuestMemory), typeof(IGuestWriter)];
        var types = typeof(IXenDataSource)
            .Assembly.GetTypes()
            .Where(type => interfaces.Any(known => known.IsAssignableFrom(type)))
            .ToArray();
        Assert.True(types.Length > 5);
        return types;
    }
}
