using System.Management.Automation;
using System.Reflection;

namespace XenShared.PowerShell.Deserialization;

/// <summary>
/// Takes objects of the model out of the pipeline. One that was in another process or in a file (Clixml, jobs, JSON, CSV) is made from its
/// properties. A value that did not come through is unknown; where the model has no unknown for it, there is no object.
/// </summary>
internal static class ModelObject
{
    // What another process, Select-Object and Import-Csv put before the name of a type.
    private static readonly string[] s_prefixes = ["Deserialized.", "Selected.", "CSV:", ""];

    private static readonly NullabilityInfoContext s_nullability = new();

    private static readonly Type[] s_types =
        Array.FindAll(typeof(XenDomain).Assembly.GetExportedTypes(), type => type.Namespace == nameof(XenShared) && IsRecord(type));

    /// <summary>Gets the object, or null if it is not of the model, or cannot be read.</summary>
    public static object? From(PSObject item)
    {
        if (IsModel(item.BaseObject.GetType())) return item.BaseObject;
        return TypeOf(item) is { } type ? Read(item, type) : null;
    }

    /// <summary>Gets an object of one type, or null.</summary>
    public static T? From<T>(PSObject item)
        where T : class => item.BaseObject as T ?? (TypeOf(item) == typeof(T) ? (T?)Read(item, typeof(T)) : null);

    /// <summary>Gets whether a type is part of the model, so that its objects are made from properties.</summary>
    public static bool IsModel(Type type) => Array.IndexOf(s_types, type) >= 0;

    /// <summary>
    /// Makes an object of the model from its properties. Returns null if a value is missing for which the model has no unknown.
    /// </summary>
    public static object? Read(PSObject item, Type type)
    {
        var made = Activator.CreateInstance(type)!;
        foreach (var property in type.GetProperties())
        {
            if (!property.CanWrite)
                continue;
            if (ModelValue.TryRead(item.Properties[property.Name]?.Value, property.PropertyType) is { } value)
                property.SetValue(made, value);
            else if (IsNullable(property))
                property.SetValue(made, null);
            else if (!HasUnknown(property, item))
                return null;
        }
        return made;
    }

    // By its name; where that was lost, by its properties.
    private static Type? TypeOf(PSObject item)
    {
        foreach (var name in item.TypeNames)
        {
            if (Array.Find(s_types, type => Array.Exists(s_prefixes, prefix => name == prefix + type.FullName)) is { } known) return known;
        }
        if (item.BaseObject is not PSCustomObject)
            return null;
        return s_types
            .Where(type => Array.TrueForAll(Written(type), property => item.Properties[property.Name] is not null))
            .MaxBy(type => Written(type).Length);
    }

    private static PropertyInfo[] Written(Type type) => Array.FindAll(type.GetProperties(), property => property.CanWrite);

    private static bool IsRecord(Type type) => type.GetMethod("<Clone>$") is not null;

    private static bool IsNullable(PropertyInfo property)
    {
        lock (s_nullability) return s_nullability.Create(property).WriteState == NullabilityState.Nullable;
    }

    // The event ABI has a word for it, and a text or a list may be empty. A list that is there and cannot be read is not empty.
    private static bool HasUnknown(PropertyInfo property, PSObject item)
    {
        if (property.PropertyType == typeof(EventAbi))
            return true;
        if (property.PropertyType.IsValueType || property.IsDefined(typeof(System.Runtime.CompilerServices.RequiredMemberAttribute)))
            return false;
        return property.PropertyType == typeof(string) || item.Properties[property.Name]?.Value is null or "";
    }
}
