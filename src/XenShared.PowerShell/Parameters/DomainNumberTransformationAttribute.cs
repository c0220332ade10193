using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace XenShared.PowerShell.Parameters;

/// <summary>
/// Accepts -1 as a domain number. Toolstacks use it in the record of a halted VM, so pipelines contain it. It becomes 65535, which Xen
/// never assigns, and the cmdlet reports a clear error instead of a failed conversion.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DomainNumberTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>Represents -1 as a domain number.</summary>
    internal const ushort Halted = ushort.MaxValue;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        NumberTransformationAttribute.RefuseEmpty(inputData);
        return Transform(inputData);
    }

    private static object? Transform(object? input) => (input is PSObject wrapped ? wrapped.BaseObject : input) switch
    {
        object?[] many => Array.ConvertAll(many, Transform),
        IList many => many.Cast<object?>().Select(Transform).ToArray(),
        -1 or -1L or (short)-1 or (sbyte)-1 or -1.0 or -1m => Halted,
        // -DomId -1 arrives as text: to the parser it looks like a parameter first.
        string text when text.Trim() == (-1).ToString(CultureInfo.InvariantCulture) => Halted,
        _ => input,
    };
}
