using System.Management.Automation;
using System.Reflection;
using System.Text.Json.Serialization;

namespace XenShared.PowerShell.Deserialization;

/// <summary>
/// Converts pipeline objects to objects of the model, such as <see cref="XenDomain"/>. An object that was deserialized (from Clixml, a job,
/// JSON or CSV) is created again from its properties. A missing value becomes null, Unknown or empty. If the model requires the value, no
/// object is created.
/// </summary>
internal static class ModelObject
{
    // The prefixes that deserialization, Select-Object and Import-Csv add to the name of a type. The empty prefix is that of an unchanged
    // name.
    private static readonly string[] s_prefixes = ["Deserialized.", "Selected.", "CSV:", ""];

    private static readonly NullabilityInfoContext s_nullability = new();

    private static readonly Type[] s_types =
        Array.FindAll(typeof(XenDomain).Assembly.GetExportedTypes(), type => type.Namespace == nameof(XenShared) && IsRecord(type));

    /// <summary>
    /// Returns the object of the model; null if the type is not part of the model, or if a required property cannot be read.
    /// </summary>
    public static object? From(PSObject item)
    {
        if (IsModel(item.BaseObject.GetType())) return item.BaseObject;
        return TypeOf(item) is { } type ? Read(item, type) : null;
    }

    /// <summary>Returns the object of the model if it has the given type; otherwise null.</summary>
    public static T? From<T>(PSObject item)
        where T : class => item.BaseObject as T ?? (TypeOf(item) == typeof(T) ? (T?)Read(item, typeof(T)) : null);

    /// <summary>Determines whether a type is part of the model.</summary>
    public static bool IsModel(Type type) => Array.IndexOf(s_types, type) >= 0;

    /// <summary>Creates a model object from properties. Returns null if a required value is missing.</summary>
    public static object? Read(PSObject item, Type type)
    {
        var made = Activator.CreateInstance(type)!;
        foreach (var property in Written(type))
        {
            if (ModelValue.Read(item.Properties[property.Name]?.Value, property.PropertyType) is { } value)
                property.SetValue(made, value);
            else if (IsNullable(property))
                property.SetValue(made, null);
            else if (!HasUnknown(property, made, item))
                return null;
        }
        return made;
    }

    // Returns the type of the model that the object represents; null if there is none. The type is found by its name. A plain custom
    // object, for example from JSON, has no such name, so its type is found by its properties.
    private static Type? TypeOf(PSObject item)
    {
        foreach (var name in item.TypeNames)
        {
            if (Array.Find(s_types, type => Array.Exists(s_prefixes, prefix => name == prefix + type.FullName)) is { } known) return known;
        }
        if (item.BaseObject is not PSCustomObject)
            return null;
        return s_types
            .Where(type => Array.TrueForAll(Public(type), property => item.Properties[property.Name] is not null))
            .MaxBy(type => Public(type).Length);
    }

    private static PropertyInfo[] Public(Type type) => Array.FindAll(Written(type), property => property.GetMethod!.IsPublic);

    // Returns the properties that the JSON of the type contains. One such property is not public: that with the bytes of a page.
    private static PropertyInfo[] Written(Type type) =>
        Array.FindAll(
            type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic),
            property => property.CanWrite && (property.GetMethod!.IsPublic || property.IsDefined(typeof(JsonIncludeAttribute))));

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null;

    private static bool IsNullable(PropertyInfo property)
    {
        lock (s_nullability) return s_nullability.Create(property).WriteState == NullabilityState.Nullable;
    }

    // Determines whether a property may keep its default, because its value could not be read. This is so for an event ABI, which stays
    // Unknown. If the default is not null, it is also so for a text, and for a list that the input does not contain. A list that the input
    // contains must not become empty, so the result for it is false.
    private static bool HasUnknown(PropertyInfo property, object made, PSObject item)
    {
        if (property.PropertyType == typeof(EventAbi)) return true;
        if (property.PropertyType.IsValueType || property.GetValue(made) is null) return false;
        return property.PropertyType == typeof(string) || item.Properties[property.Name]?.Value is null or "";
    }
}
