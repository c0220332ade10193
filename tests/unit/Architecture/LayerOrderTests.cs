using System.Reflection;
using XenShared.Cli.Execution;
using XenShared.Layout;

namespace XenShared.Tests.Architecture;

/// <summary>
/// Checks that no folder of the library uses one in a higher layer (<c>docs/architecture.md</c>). Reads the compiled assembly.
/// </summary>
public sealed class LayerOrderTests
{
    private static readonly string s_library = typeof(SharedInfoLayout).Assembly.Location;

    // From the lowest layer to the highest. FolderCircleTests orders the folders inside a layer.
    private static readonly Dictionary<string, int> s_layers = new(StringComparer.Ordinal)
    {
        ["XenShared"] = 0,
        ["XenShared.Hypervisor"] = 0,
        ["XenShared.Layout"] = 0,
        ["XenShared.Native"] = 1,
        ["XenShared.Files"] = 2,
        ["XenShared.Files.DebugKeys"] = 2,
        ["XenShared.Files.Images"] = 2,
        ["XenShared.Kernel"] = 2,
        ["XenShared.Targets"] = 3,
        ["XenShared.Targets.Remote"] = 3,
        ["XenShared.Targets.Simulated"] = 3,
        ["XenShared.Guests"] = 4,
        ["XenShared.Guests.Deduction"] = 4,
        ["XenShared.Guests.Memory"] = 4,
        ["XenShared.Guests.Locating"] = 4,
        ["XenShared.Queries"] = 5,
        ["XenShared.Poking"] = 5,
        ["XenShared.Diagnosis"] = 5,
        ["XenShared.Diagnosis.Evidence"] = 5,
        ["XenShared.Diagnosis.Paths"] = 5,
        ["XenShared.Diagnosis.Rules"] = 5,
        ["XenShared.Reports"] = 6,
        ["XenShared.Reports.Html"] = 6,
        ["XenShared.Reports.Metrics"] = 6,
    };

    private static readonly IReadOnlySet<AssemblyTypeReferences.TypeReference> s_references = AssemblyTypeReferences.Read(s_library);

    [Fact]
    public void EachTypeIsInALayer() =>
        Assert.All(
            typeof(SharedInfoLayout)
                .Assembly.GetTypes()
                .Where(type => type.Namespace?.StartsWith("XenShared", StringComparison.Ordinal) == true),
            type =>
                Assert.True(
                    s_layers.ContainsKey(type.Namespace!),
                    $"{type} is in no known folder; add its layer here and in docs/architecture.md."));

    [Fact]
    public void NoFolderUsesAHigherLayer()
    {
        var upward = s_references.Where(reference => Layer(reference.From) is { } from && Layer(reference.To) is { } to && to > from);

        Assert.Empty(upward);
    }

    [Fact]
    public void OnlyTargetsAndFilesUseNative()
    {
        var users = s_references
            .Where(reference => Folder(reference.To) == "XenShared.Native")
            .Select(reference => Folder(reference.From))
            .Distinct();

        Assert.Equal(["XenShared.Files", "XenShared.Native", "XenShared.Targets"], users.Order(StringComparer.Ordinal));
    }

    // The checks above also pass if they find nothing at all.
    [Theory]
    [InlineData("XenShared.Queries.CaptureExport", "XenShared.Files.CaptureWriter")] // in an iterator's body
    [InlineData("XenShared.Queries.EventChannelQuery", "XenShared.Guests.GuestInspector")] // in an iterator's body
    [InlineData("XenShared.Queries.SharedPageStates", "XenShared.Layout.EventBitmap")] // a static call
    [InlineData("XenShared.Queries.DomainQuery", "XenShared.Targets.IXenDataSource")] // a constructor's parameter
    [InlineData("XenShared.Targets.LocalTarget", "XenShared.Native.XenControl")] // a field
    [InlineData("XenShared.Targets.LocalTarget", "XenShared.Targets.IXenDataSource")] // an interface
    [InlineData("XenShared.Files.HostCapture", "XenShared.Files.CapturedDomain")] // a type argument
    [InlineData("XenShared.Files.DescriptorStream", "XenShared.Native.LibC")] // a call of a native function
    public void ReferencesOfEachKindAreFound(string from, string to) =>
        Assert.Contains(new AssemblyTypeReferences.TypeReference(from, to), s_references);

    [Fact]
    public void TheLibraryKnowsNeitherConsoleNorPowerShellNorItsFrontEnds()
    {
        var references = typeof(SharedInfoLayout).Assembly.GetReferencedAssemblies().Select(name => name.Name!).ToArray();

        Assert.DoesNotContain("System.Console", references);
        Assert.DoesNotContain("System.Management.Automation", references);
        Assert.DoesNotContain("System.CommandLine", references);
        Assert.DoesNotContain(references, name => name.StartsWith("XenShared", StringComparison.Ordinal));
    }

    [Fact]
    public void TheCommandKnowsNoPowerShell()
    {
        var references = typeof(QueryRun).Assembly.GetReferencedAssemblies().Select(name => name.Name!).ToArray();

        Assert.Contains("XenShared", references);
        Assert.DoesNotContain("System.Management.Automation", references);
        Assert.DoesNotContain("XenShared.PowerShell", references);
    }

    [Fact]
    public void NativeFunctionsAreDeclaredInNativeOnly()
    {
        var declared = new[] { typeof(SharedInfoLayout).Assembly, typeof(QueryRun).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type =>
                type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(method => method.Attributes.HasFlag(MethodAttributes.PinvokeImpl))
            .Select(method => method.DeclaringType!.Namespace)
            .Distinct();

        Assert.Equal(["XenShared.Native"], declared);
    }

    private static int? Layer(string type) => s_layers.TryGetValue(Folder(type), out var layer) ? layer : null;

    private static string Folder(string type) => type.LastIndexOf('.') is var dot and >= 0 ? type[..dot] : "";
}
