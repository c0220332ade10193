using System.Reflection;

namespace XenShared.Tests.Surface;

/// <summary>Checks that a parameter of an enumeration type with a range accepts each value that has a name.</summary>
public sealed class EnumRangeTests
{
    [Fact]
    public void ARangeContainsEachNamedValue()
    {
        var ranges =
            from cmdlet in ModuleAssembly.Loaded.GetExportedTypes()
            from parameter in cmdlet.GetProperties(BindingFlags.Instance | BindingFlags.Public)
            from attribute in parameter.GetCustomAttributesData()
            where attribute.AttributeType.Name == "ValidateRangeAttribute"
            let limits = attribute.ConstructorArguments
            where limits.Count == 2 && limits[0].ArgumentType.IsEnum
            select (
                Name: $"{cmdlet.Name}.{parameter.Name}",
                Limits: (Convert.ToInt64(limits[0].Value, null), Convert.ToInt64(limits[1].Value, null)),
                Values: Enum.GetValuesAsUnderlyingType(limits[0].ArgumentType)
                    .Cast<object>()
                    .Select(value => Convert.ToInt64(value, null)));

        Assert.NotEmpty(ranges);
        Assert.All(ranges, range => Assert.Equal((range.Values.Min(), range.Values.Max()), range.Limits));
    }
}
