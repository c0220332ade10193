using System.Collections;
using System.Management.Automation;

namespace XenShared.PowerShell.Parameters;

/// <summary>
/// Rejects an empty text as a number, like <see cref="NumberTransformationAttribute"/>. A piped device can have an empty list of ports.
/// This list becomes <see cref="None"/>, because a query without ports would return all channels of the domain.
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
        // Only the empty list of a device without ports is replaced, by None. The ports of a device are never an array, even after
        // deserialization. An empty list on the command line is an array, and is not replaced.
        return (inputData is PSObject wrapped ? wrapped.BaseObject : inputData) is IList { Count: 0 } and not Array
            ? new[] { None }
            : inputData;
    }
}
