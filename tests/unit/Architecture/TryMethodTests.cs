using System.Text.RegularExpressions;

namespace XenShared.Tests.Architecture;

/// <summary>Checks that a method named Try does what the name means in .NET: it returns whether it succeeded.</summary>
public sealed partial class TryMethodTests
{
    [Fact]
    public void EachTryMethodReturnsABool()
    {
        var methods = AssemblyMethods.OfProduct.Where(method => TryName().IsMatch(method.Name)).ToArray();

        Assert.True(methods.Length > 10, $"only {methods.Length} methods were found");
        Assert.Empty(methods.Where(method => method.ReturnType != "System.Boolean").Select(method => $"{method.Type}.{method.Name}"));
    }

    // A local function is compiled to a method such as "<Read>g__TryNext|0_0".
    [GeneratedRegex(@"^(.*__)?Try[A-Z]")]
    private static partial Regex TryName();
}
