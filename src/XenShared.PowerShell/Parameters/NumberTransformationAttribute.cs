using System.Management.Automation;

namespace XenShared.PowerShell.Parameters;

/// <summary>Rejects an empty text as a number, which PowerShell would convert to 0.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NumberTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        DomainTransformationAttribute.RefuseEmpty(inputData);
        return inputData;
    }
}
