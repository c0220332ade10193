using System.Collections;
using System.Management.Automation;

namespace XenShared.PowerShell.Parameters;

/// <summary>
/// Converts the values of -Uuid. Null and empty texts mean that the UUID is not known, so that objects without one can be piped.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class UuidTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => ToUuid(inputData);

    private static object? ToUuid(object? input) => (input is PSObject wrapped ? wrapped.BaseObject : input) switch
    {
        string text when string.IsNullOrWhiteSpace(text) => null,
        string text when Guid.TryParse(text, out var uuid) => uuid,
        string text => throw new ArgumentTransformationMetadataException($"'{text}' is not a UUID."),
        IList many => many.Cast<object?>().Select(ToUuid).Where(uuid => uuid is not null).ToArray(),
        _ => input,
    };
}
