using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization;

namespace XenShared.Tests.Surface;

/// <summary>Lists the properties of the public model types, and the names and numbers of the model's enumerations.</summary>
internal static class ModelSurface
{
    private static readonly NullabilityInfoContext s_nullability = new();

    public static IEnumerable<string> Lines() =>
        typeof(XenDomain)
            .Assembly.GetExportedTypes()
            .Concat(ModuleAssembly.Loaded.GetExportedTypes())
            .Where(type => type.Namespace == nameof(XenShared))
            .SelectMany(type => type.IsEnum ? Enumeration(type) : Properties(type));

    private static IEnumerable<string> Enumeration(Type type) => Enum.GetValues(type).Cast<Enum>()
        .Select(value => $"enum {type.Name}.{value} = {Convert.ToInt64(value, CultureInfo.InvariantCulture)}");

    // The bytes of a page are a property of the module's types.ps1xml only.
    private static IEnumerable<string> Properties(Type type) => type
        .GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        .Where(property => property.GetMethod!.IsPublic || property.IsDefined(typeof(JsonIncludeAttribute)))
        .Select(property => $"property {type.Name}.{property.Name} : {TypeOf(property)}");

    private static string TypeOf(PropertyInfo property) =>
        !property.PropertyType.IsValueType && s_nullability.Create(property).ReadState == NullabilityState.Nullable
            ? $"{PublicSurface.NameOf(property.PropertyType)}?"
            : PublicSurface.NameOf(property.PropertyType);
}
