using System.Collections;
using System.Management.Automation;
using XenShared.PowerShell.Deserialization;

namespace XenShared.PowerShell.Parameters;

/// <summary>Converts deserialized shared pages. Other objects are not changed, and PowerShell rejects them by their type.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SharedInfoTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => Transform(inputData);

    private static object? Transform(object? input) => input switch
    {
        PSObject { BaseObject: IList many } => many.Cast<object?>().Select(Transform).ToArray(),
        IList many => many.Cast<object?>().Select(Transform).ToArray(),
        PSObject item => ModelObject.From<XenSharedInfo>(item) is { } page && page.GetBytes().Length > 0 ? page : Refused(item),
        _ => input,
    };

    // Throws an error for an object that is not a complete page. Without the error, PowerShell would convert it to a page in which missing
    // values are zeros.
    private static object Refused(PSObject item) =>
        throw new ArgumentTransformationMetadataException(
            $"An object of type {item.TypeNames.FirstOrDefault()} is not a shared page, or parts of it are missing; give what "
                + $"Get-XenSharedInfo returned.");
}
