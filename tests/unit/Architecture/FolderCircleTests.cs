using XenShared.Cli.Execution;
using XenShared.Layout;
using XenShared.Tests.Support;

namespace XenShared.Tests.Architecture;

/// <summary>
/// Checks that no two folders of a project depend on each other, directly or through others. A namespace is a folder (IDE0130), so the
/// compiled assembly has what is needed.
/// </summary>
public sealed class FolderCircleTests
{
    // Circles that are left. Take a line out once its circle is gone; do not add one.
    private static readonly string[] s_knownCircles = [];

    public static TheoryData<string> Assemblies => new(
        typeof(SharedInfoLayout).Assembly.Location,
        typeof(QueryRun).Assembly.Location,
        Path.Combine(SourceTree.Root, "bin", "XenShared.PowerShell.dll"));

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void NoFoldersDependOnEachOther(string assembly) =>
        Assert.Empty(
            Circles(Dependencies(assembly)).Where(circle => !s_knownCircles.Contains(circle.Name)).Select(circle => circle.Description));

    [Fact]
    public void EachKnownCircleStillExists()
    {
        var circles = Assemblies.SelectMany(assembly => Circles(Dependencies(assembly.Data))).Select(circle => circle.Name).ToArray();

        Assert.All(s_knownCircles, known => Assert.Contains(known, circles));
    }

    // The checks above also pass if they find nothing at all.
    [Fact]
    public void ACircleIsFound()
    {
        HashSet<AssemblyTypeReferences.TypeReference> references =
        [
            new("XenShared.A.One", "XenShared.B.Two"),
            new("XenShared.B.Two", "XenShared.C.Three"),
            new("XenShared.C.Three", "XenShared.A.Four"),
            new("XenShared.A.One", "XenShared.D.Five"),
        ];

        var circle = Assert.Single(Circles(references));

        Assert.Equal("XenShared.A, XenShared.B, XenShared.C", circle.Name);
    }

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void EachAssemblyHasDependenciesBetweenFolders(string assembly) => Assert.NotEmpty(Dependencies(assembly));

    private static AssemblyTypeReferences.TypeReference[] Dependencies(string assembly) =>
        [
            .. AssemblyTypeReferences
                .Read(assembly)
                .Where(reference => IsOurs(reference.From) && IsOurs(reference.To) && Folder(reference.From) != Folder(reference.To)),
        ];

    private static IEnumerable<(string Name, string Description)> Circles(IEnumerable<AssemblyTypeReferences.TypeReference> references)
    {
        var uses = references.ToLookup(reference => Folder(reference.From));
        var reachable = uses.ToDictionary(folder => folder.Key, folder => Reachable(folder.Key, uses), StringComparer.Ordinal);
        var inCircles = reachable.Keys.Where(folder => reachable[folder].Contains(folder)).Order(StringComparer.Ordinal).ToArray();
        foreach (var circle in inCircles.GroupBy(folder =>
                string.Join(", ", inCircles.Where(second => Connects(folder, second) && Connects(second, folder)))))
        {
            var inside = circle.SelectMany(folder => uses[folder]).Where(reference => circle.Contains(Folder(reference.To)));
            yield return (
                circle.Key,
                $"{circle.Key}: {string.Join("; ", inside.Select(reference => $"{reference.From} uses {reference.To}"))}");
        }

        bool Connects(string from, string to) => reachable[from].Contains(to);
    }

    private static HashSet<string> Reachable(string start, ILookup<string, AssemblyTypeReferences.TypeReference> uses)
    {
        var reached = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Queue<string>([start]);
        while (pending.TryDequeue(out var folder))
        {
            foreach (var reference in uses[folder])
            {
                if (reached.Add(Folder(reference.To))) pending.Enqueue(Folder(reference.To));
            }
        }
        return reached;
    }

    private static bool IsOurs(string type) => type.StartsWith("XenShared.", StringComparison.Ordinal);

    private static string Folder(string type) => type[..type.LastIndexOf('.')];
}
