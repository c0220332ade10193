using System.Reflection;
using System.Text.Json.Serialization.Metadata;

namespace XenShared.Xen.Tests.Host;

/// <summary>Reads model objects from JSON, although only the library sets their properties.</summary>
internal static class ModelResolver
{
    public static DefaultJsonTypeInfoResolver Create() => new() { Modifiers = { AllowSetting } };

    private static void AllowSetting(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.Set is null && property.AttributeProvider is PropertyInfo { CanWrite: true } info) property.Set = info.SetValue;
        }
    }
}
