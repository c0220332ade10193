using System.Reflection;
using XenShared.Cli;
using XenShared.Layout;

namespace XenShared.Tests.Architecture;

/// <summary>No room of the library calls upward (<c>docs/architecture.md</c>), read from the compiled assembly.</summary>
public sealed class RoomOrderTests
{
    private static readonly string s_library = typeof(SharedInfoLayout).Assembly.Location;

    // From the ground up. Rooms of one floor may use each other.
    private static readonly Dictionary<string, int> s_floors = new(StringComparer.Ordinal)
    {
        ["XenShared"] = 0,
        ["XenShared.Hypervisor"] = 0,
        ["XenShared.Layout"] = 0,
        ["XenShared.Native"] = 1,
        ["XenShared.Files"] = 2,
        ["XenShared.Files.DebugKeys"] = 2,
        ["XenShared.Files.Images"] = 2,
        ["XenShared.Targets"] = 3,
        ["XenShared.Targets.Remote"] = 3,
        ["XenShared.Targets.Simulated"] = 3,
        ["XenShared.Guests"] = 4,
        ["XenShared.Guests.Memory"] = 4,
        ["XenShared.Guests.Locating"] = 4,
        ["XenShared.Queries"] = 5,
        ["XenShared.Poking"] = 5,
        ["XenShared.Diagnosis"] = 5,
        ["XenShared.Diagnosis.Rules"] = 5,
        ["XenShared.Reports"] = 6,
        ["XenShared.Reports.Html"] = 6,
        ["XenShared.Reports.Metrics"] = 6,
    };

    private static readonly IReadOnlySet<RoomReferences.TypeReference> s_references = RoomReferences.Of(s_library);

    [Fact]
    public void EveryTypeStandsInARoom() => Assert.All(
        typeof(SharedInfoLayout).Assembly.GetTypes().Where(type => type.Namespace?.StartsWith("XenShared", StringComparison.Ordinal) == true),
        type => Assert.True(s_floors.ContainsKey(type.Namespace!), $"{type} stands in no known room; name its floor here and in docs/architecture.md."));

    [Fact]
    public void NoRoomNamesAHigherOne()
    {
        var upward = s_references.Where(reference => Floor(reference.From) is { } from && Floor(reference.To) is { } to && to > from);

        Assert.Empty(upward);
    }

    [Fact]
    public void OnlyTargetsAndFilesKnowTheNativeRoom()
    {
        var users = s_references.Where(reference => Room(reference.To) == "XenShared.Native").Select(reference => Room(reference.From)).Distinct();

        Assert.Equal(["XenShared.Files", "XenShared.Native", "XenShared.Targets"], users.Order(StringComparer.Ordinal));
    }

    // The checks above pass as well when nothing is seen; so what is known to be there must be seen.
    [Theory]
    [InlineData("XenShared.Queries.CaptureExport", "XenShared.Files.CaptureWriter")] // in an iterator's body
    [InlineData("XenShared.Queries.EventChannelQuery", "XenShared.Guests.GuestInspector")] // in an iterator's body
    [InlineData("XenShared.Queries.SharedPageStates", "XenShared.Layout.EventBitmap")] // a static call
    [InlineData("XenShared.Queries.DomainQuery", "XenShared.Targets.IXenDataSource")] // a constructor's parameter
    [InlineData("XenShared.Targets.LocalTarget", "XenShared.Native.XenControl")] // a field
    [InlineData("XenShared.Targets.LocalTarget", "XenShared.Targets.IXenDataSource")] // an interface
    [InlineData("XenShared.Files.HostCapture", "XenShared.Files.CapturedDomain")] // a type argument
    [InlineData("XenShared.Native.XenControl", "XenShared.Native.LibXenControl")] // a call of a native function
    public void ReferencesOfEveryKindAreSeen(string from, string to) => Assert.Contains(new RoomReferences.TypeReference(from, to), s_references);

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
    public void NativeFunctionsAreDeclaredInTheNativeRoomOnly()
    {
        var declared = new[] { typeof(SharedInfoLayout).Assembly, typeof(QueryRun).Assembly }
            .SelectMany(assembly => assembly.GetTypes())
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(method => method.Attributes.HasFlag(MethodAttributes.PinvokeImpl))
            .Select(method => method.DeclaringType!.Namespace)
            .Distinct();

        Assert.Equal(["XenShared.Native"], declared);
    }

    private static int? Floor(string type) => s_floors.TryGetValue(Room(type), out var floor) ? floor : null;

    private static string Room(string type) => type.LastIndexOf('.') is var dot and >= 0 ? type[..dot] : "";
}
