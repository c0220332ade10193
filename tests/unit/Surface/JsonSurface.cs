using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using XenShared.Cli.Output;

namespace XenShared.Tests.Surface;

/// <summary>Lists the fields of all JSON: what the command writes, captures, the audit log, the wire and remembered locations.</summary>
internal static class JsonSurface
{
    public static IEnumerable<string> Lines() => new[] { typeof(XenDomain).Assembly, typeof(ModelJson).Assembly }
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.BaseType == typeof(JsonSerializerContext))
        .SelectMany(Context);

    private static IEnumerable<string> Context(Type type)
    {
        var context = (JsonSerializerContext)type.GetProperty("Default", BindingFlags.Static | BindingFlags.Public)!.GetValue(null)!;
        var pending = new Queue<Type>(type.GetCustomAttributesData()
            .Where(attribute => attribute.AttributeType == typeof(JsonSerializableAttribute))
            .Select(attribute => (Type)attribute.ConstructorArguments[0].Value!));
        var known = new HashSet<Type>();
        while (pending.TryDequeue(out var next))
        {
            if (!known.Add(next) || context.GetTypeInfo(next) is not { } information) continue;
            if (information.ElementType is { } element) pending.Enqueue(element);
            if (information.Kind != JsonTypeInfoKind.Object) continue;
            foreach (var kind in information.PolymorphismOptions?.DerivedTypes ?? [])
            {
                pending.Enqueue(kind.DerivedType);
                yield return $"json {type.Name} {next.Name} kind {kind.TypeDiscriminator} : {kind.DerivedType.Name}";
            }
            foreach (var property in information.Properties)
            {
                pending.Enqueue(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType);
                yield return $"json {type.Name} {next.Name}.{property.Name} : {PublicSurface.NameOf(property.PropertyType)}";
            }
        }
    }
}
