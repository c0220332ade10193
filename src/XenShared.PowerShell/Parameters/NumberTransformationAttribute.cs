using System.Collections;
using System.Management.Automation;

namespace XenShared.PowerShell.Parameters;

/// <summary>
/// Rejects an empty text as a number. A text file has an empty text for an unknown number, and PowerShell would convert it to 0: the
/// control domain, or the first vCPU.
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

    /// <summary>Rejects a text without a digit, alone or in a list.</summary>
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
