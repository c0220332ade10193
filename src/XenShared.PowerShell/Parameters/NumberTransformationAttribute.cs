using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace XenShared.PowerShell.Parameters;

/// <summary>
/// Rejects an empty text as a number. A text file has an empty text for an unknown number, and PowerShell would convert it to 0: the
/// control domain, or the first vCPU.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NumberTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>Represents -1 as a domain number.</summary>
    internal const ushort Halted = ushort.MaxValue;

    /// <summary>
    /// Gets or sets a value indicating whether -1 is accepted as a domain number. Toolstacks use it in the record of a halted VM, so
    /// pipelines contain it. It becomes 65535, which Xen never assigns, and the cmdlet reports a clear error instead of a failed
    /// conversion.
    /// </summary>
    public bool AcceptHalted { get; set; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        RefuseEmpty(inputData);
        return AcceptHalted ? WithHalted(inputData) : inputData;
    }

    // Rejects a text without a digit, alone or in a list.
    private static void RefuseEmpty(object? input)
    {
        var plain = input is PSObject wrapped ? wrapped.BaseObject : input;
        if (plain is string text && string.IsNullOrWhiteSpace(text))
            throw new ArgumentTransformationMetadataException(
                "An empty text is not a number. Leave out objects without a number, or give one.");
        if (plain is IList many)
            foreach (var item in many)
                RefuseEmpty(item);
    }

    private static object? WithHalted(object? input) => (input is PSObject wrapped ? wrapped.BaseObject : input) switch
    {
        object?[] many => Array.ConvertAll(many, WithHalted),
        IList many => many.Cast<object?>().Select(WithHalted).ToArray(),
        -1 or -1L or (short)-1 or (sbyte)-1 or -1.0 or -1m => Halted,
        // -DomId -1 arrives as text: to the parser it looks like a parameter first.
        string text when text.Trim() == (-1).ToString(CultureInfo.InvariantCulture) => Halted,
        _ => input,
    };
}
