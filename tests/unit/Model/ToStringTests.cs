using System.Reflection;
using System.Runtime.CompilerServices;

namespace XenShared.Tests.Model;

/// <summary>Checks the texts that <c>ToString</c> returns, which <c>"$fault"</c> and <c>Group-Object</c> display.</summary>
public sealed class ToStringTests
{
    private const string HostileName = "web\u001b[31m\u202e01";

    public static TheoryData<Type> Types { get; } =
    [
        .. typeof(XenDomain).Assembly.GetExportedTypes()
            .Where(type => type.Namespace == "XenShared" && type.GetMethod("<Clone>$") is not null),
    ];

    [Theory]
    [MemberData(nameof(Types))]
    public void AnObjectIsOneLineThatIsSafeToShow(Type type)
    {
        var text = Filled(type).ToString()!;

        Assert.DoesNotContain(type.Name, text, StringComparison.Ordinal);
        Assert.DoesNotContain(" = ", text, StringComparison.Ordinal);
        Assert.True(DisplayText.IsSafe(text), text);
    }

    [Fact]
    public void ADomainIsNamed()
    {
        Assert.Equal("domain 5 (web01)", new XenDomain { DomId = 5, Name = "web01", HostName = "" }.ToString());
        Assert.Equal("domain 5", new XenDomain { DomId = 5, HostName = "" }.ToString());
        Assert.Equal("domain 5 (web01) port 3", new XenEventChannel { DomId = 5, DomainName = "web01", Port = 3 }.ToString());
    }

    [Fact]
    public void AnEventThatWasSentHasNoValues()
    {
        var poke = new XenPoke { DomId = 5, Kind = PokeField.Pending, Field = "pending", Action = PokeAction.Send, Port = 7 };

        Assert.Equal("Send an event to port 7 of domain 5", poke.ToString());
    }

    private static object Filled(Type type)
    {
        var value = RuntimeHelpers.GetUninitializedObject(type);
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            if (property.PropertyType == typeof(string) || property.PropertyType == typeof(object)) property.SetValue(value, HostileName);
        }
        return value;
    }
}
