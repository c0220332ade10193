using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace XenShared.PowerShell.Parameters;

/// <summary>
/// Takes -1 as a domain number. Toolstacks write it into the record of a VM that is halted, so it comes down pipelines; as a 16-bit number
/// it is 65535, which Xen never gives out. The cmdlet then says what it means, instead of a failed conversion.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DomainNumberTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>Gets the value that stands for -1.</summary>
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
