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

    // The properties that every record of a poke has. An object without all of them is not such a record, and is not converted.
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
            // In a CSV file, a number that is not known is an empty text. Conversion would make it 0, so it is skipped.
            if (record.Properties[property.Name]?.Value is not { } value || value is "") continue;
            if (ModelValue.Read(value, property.PropertyType) is not { } converted) return record;
            property.SetValue(poke, converted);
        }
        return poke;
    }
}
