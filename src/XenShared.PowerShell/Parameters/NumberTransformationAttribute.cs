using System.Collections;
using System.Management.Automation;

namespace XenShared.PowerShell.Parameters;

/// <summary>
/// Refuses an empty text as a number. A text file has one where a number was not known, and PowerShell would make 0 of it: the control
/// domain, the first vCPU.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NumberTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        RefuseEmpty(inputData);
        return inputData;
    }

    /// <summary>Refuses a text without a digit, alone or in a list.</summary>
    internal static void RefuseEmpty(object? input)
    {
        var plain = input is PSObject wrapped ? wrapped.BaseObject : input;
        if (plain is string text && string.IsNullOrWhiteSpace(text))
            throw new ArgumentTransformationMetadataException(
                "An empty text is no number: what it stands for is not known. Leave out objects without it, or give a number.");
        if (plain is IList many)
            foreach (var item in many)
                RefuseEmpty(item);
    }
}
