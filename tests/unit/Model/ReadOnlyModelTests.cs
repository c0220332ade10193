using System.Collections;
using System.Reflection;
using XenShared.Diagnosis;
using XenShared.Queries;
using XenShared.Targets.Simulated;
using XenShared.Tests.Poking;
using XenShared.Tests.Surface;
using XenShared.Tests.Support;

namespace XenShared.Tests.Model;

/// <summary>Checks that users cannot change model objects: only the library sets their properties, and it sets all of them.</summary>
public sealed class ReadOnlyModelTests
{
    private static readonly NullabilityInfoContext s_nullability = new();

    private static readonly Dictionary<string, Type> s_types = typeof(XenDomain)
        .Assembly.GetExportedTypes()
        .Concat(ModuleAssembly.Loaded.GetExportedTypes())
        .Where(type => type.Namespace == nameof(XenShared) && !type.IsEnum && type.GetProperties().Length > 0)
        .ToDictionary(type => type.FullName!);

    // By name: the module's assembly is not loaded where the list of tests is read.
    public static TheoryData<string> Types => [.. s_types.Keys];

    /// <summary>
    /// Checks that no property has a public setter, because PowerShell sets such a property, even if it is only for initializers.
    /// </summary>
    [Theory]
    [MemberData(nameof(Types))]
    public void NoPropertyCanBeSetFromOutside(string type) =>
        Assert.Empty(
            s_types[type].GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
                .Where(property => property.SetMethod is { IsPublic: true })
                .Select(property => property.Name));

    [Fact]
    public void NothingThatIsAlwaysKnownIsNull()
    {
        using var target = new SimulatedTarget(seed: 3);
        var observer = new RecordingObserver();
        var pages = new SharedInfoQuery(target, observer).Run(DomainSelection.All).ToArray();
        var pokes = new RecordingPokes();
        new XenShared.Poking.PokeRunner(target, pokes).SetPort(1, 66, masked: true);
        object[][] objects =
        [
            [.. new DomainQuery(target, observer).Run(DomainSelection.All)],
            [.. pages],
            [.. new VcpuQuery(target, observer).Run(DomainSelection.All)],
            [.. ClocksWithJumps(observer)],
            [.. new EventChannelQuery(target, observer) { Filter = new() { IncludeClosed = true } }.Run(DomainSelection.All)],
            [.. new P2mQuery(target, observer) { Pfns = [0, 1, ulong.MaxValue] }.Run(new DomainSelection { DomIds = [1] })],
            [.. new ChannelWatch(target, observer) { Time = new AutoTime(), Count = 2 }.Run(new DomainSelection { DomIds = [5] })],
            [.. SharedInfoComparison.Compare(pages[1], pages[2])],
            [.. new FaultQuery(target, observer) { Time = new AutoTime() }.RunWithResults(DomainSelection.All, includeResults: true)],
            [.. new DeviceQuery(target, observer).Run(DomainSelection.All)],
            [.. new EventPathQuery(target, observer) { Time = new AutoTime(), Ports = [66] }.Run(new DomainSelection { DomIds = [1, 14] })],
            [.. pokes.Pokes],
        ];

        var seen = new HashSet<Type>();
        foreach (var item in objects.SelectMany(list => list)) AssertKnown(item, seen);

        Assert.All(objects, Assert.NotEmpty);
        Assert.Empty(
            typeof(XenDomain)
                .Assembly.GetExportedTypes()
                .Where(type => type.Namespace == nameof(XenShared) && type.Name.StartsWith("Xen", StringComparison.Ordinal) && !type.IsEnum)
                .Except([typeof(XenException)])
                .Except(seen)
                .Select(type => type.Name));
    }

    private static XenClock[] ClocksWithJumps(RecordingObserver observer)
    {
        using var simulated = new SimulatedTarget(seed: 3);
        using var target = new HookedTarget(simulated)
        {
            BeforeSamples = domId =>
            {
                foreach (var vcpu in simulated.Guest(domId).Vcpus) vcpu.ClockStep += 5_000_000;
            },
        };
        return [.. new ClockQuery(target, observer).Run(DomainSelection.All)];
    }

    private static void AssertKnown(object item, HashSet<Type> seen)
    {
        seen.Add(item.GetType());
        foreach (var property in item.GetType().GetProperties())
        {
            var value = property.GetValue(item);
            if (value is null)
            {
                Assert.True(
                    Nullable.GetUnderlyingType(property.PropertyType) is not null
                        || s_nullability.Create(property).ReadState == NullabilityState.Nullable,
                    $"{item.GetType().Name}.{property.Name} of {item} is null.");
            }
            else if (property.PropertyType.Namespace == nameof(XenShared) && !property.PropertyType.IsEnum)
            {
                AssertKnown(value, seen);
            }
            else if (value is IEnumerable list and not string)
            {
                foreach (var part in list)
                {
                    if (part.GetType().Namespace == nameof(XenShared) && !part.GetType().IsEnum) AssertKnown(part, seen);
                }
            }
        }
    }
}
