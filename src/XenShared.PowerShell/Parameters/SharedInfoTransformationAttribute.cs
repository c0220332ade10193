using System.Collections;
using System.Management.Automation;
using XenShared.PowerShell.Deserialization;

namespace XenShared.PowerShell.Parameters;

/// <summary>
/// Takes shared pages that were in another process or in a file. What is no such page stays as it is, and is refused by its type.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class SharedInfoTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => Transform(inputData);

    private static object? Transform(object? input) => input switch
    {
        PSObject { BaseObject: IList many } => many.Cast<object?>().Select(Transform).ToArray(),
        IList many => many.Cast<object?>().Select(Transform).ToArray(),
        PSObject item => ModelObject.From<XenSharedInfo>(item) ?? Refused(item),
        _ => input,
    };

    // PowerShell itself would make a page of it, with zeroes where it has nothing.
    private static object Refused(PSObject item) =>
        throw new ArgumentTransformationMetadataException(
            $"An object of type {item.TypeNames.FirstOrDefault()} is not a shared page, or parts of it were lost on the way; give what "
                + $"Get-XenSharedInfo returned.");
}
