using System.Collections;
using System.Management.Automation;
using System.Reflection;
using XenShared.PowerShell.Deserialization;

namespace XenShared.PowerShell.Parameters;

/// <summary>
/// Converts deserialized records of pokes: lines of a log after ConvertFrom-Json, or objects from another session. Other objects are not
/// changed.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PokeRecordTransformationAttribute : ArgumentTransformationAttribute
{
    private static readonly PropertyInfo[] s_properties = Array.FindAll(typeof(XenPoke).GetProperties(), property =>
        property.CanWrite && property.Name != nameof(XenPoke.Forced));

    private static readonly PropertyInfo s_id = typeof(XenPoke).GetProperty(nameof(XenPoke.Id))!;

    // An object without these properties is not a record of a poke.
    private static readonly string[] s_needed =
    [
        nameof(XenPoke.DomId),
        nameof(XenPoke.DomainUuid),
        nameof(XenPoke.Kind),
        nameof(XenPoke.Field),
        nameof(XenPoke.Action),
    ];

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => Transform(inputData);

    private static object? Transform(object? input) => input switch
    {
        PSObject { BaseObject: XenPoke poke } => poke,
        PSObject { BaseObject: IList many } => many.Cast<object?>().Select(Transform).ToArray(),
        IList many => many.Cast<object?>().Select(Transform).ToArray(),
        PSObject record when s_needed.All(name => record.Properties[name]?.Value is not null) => Read(record),
        _ => input,
    };

    private static object Read(PSObject record)
    {
        var poke = new XenPoke();
        s_id.SetValue(poke, Guid.Empty);
        foreach (var property in s_properties)
        {
            // A text file has "" for an unknown number. It must not become 0.
            if (record.Properties[property.Name]?.Value is not { } value || value is "") continue;
            if (ModelValue.Read(value, property.PropertyType) is not { } converted) return record;
            property.SetValue(poke, converted);
        }
        return poke;
    }
}
