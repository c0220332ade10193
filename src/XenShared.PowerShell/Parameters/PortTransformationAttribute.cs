using System.Collections;
using System.Management.Automation;

namespace XenShared.PowerShell.Parameters;

/// <summary>
/// Rejects an empty text as a number, like <see cref="NumberTransformationAttribute"/>. The ports of a piped device can be an empty list.
/// That becomes <see cref="None"/>, because no port would select all channels of the domain.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PortTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>Represents the ports of a device without ports. No domain has this port.</summary>
    internal const uint None = uint.MaxValue;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        DomainTransformationAttribute.RefuseEmpty(inputData);
        // The list of a device is no array, also after deserialization; a list on the command line is an array.
        return (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is IList { Count: 0 } and not Array
            ? new[] { None }
            : inputData;
    }
}
