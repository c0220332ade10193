using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace XenShared.PowerShell.Parameters;

/// <summary>
/// Converts the values of -DomId to domain numbers and those of -Uuid to UUIDs, and rejects objects as values of -Name. PowerShell can then
/// bind a pipeline object to the right parameter, because it prefers the one whose type fits without conversion.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DomainTransformationAttribute : ArgumentTransformationAttribute
{
    /// <summary>
    /// Represents -1, which toolstacks use as the number of a halted VM. Its value is 65535, which Xen never assigns to a domain.
    /// </summary>
    internal const ushort Halted = ushort.MaxValue;

    /// <summary>Gets or sets a value indicating whether the parameter takes names.</summary>
    public bool IsName { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the parameter takes UUIDs. Null and empty texts then mean that the UUID is not known. So
    /// objects without one can be piped.
    /// </summary>
    public bool IsUuid { get; set; }

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        if (IsUuid) return ToUuid(inputData);
        if (IsName)
        {
            RefuseObject(inputData);
            return inputData;
        }
        RefuseEmpty(inputData);
        return ToDomId(inputData);
    }

    /// <summary>
    /// Rejects empty or blank text as a number, alone or in a list. In a CSV file, an unknown number is empty text, and PowerShell would
    /// convert it to 0, which is the control domain or the first vCPU.
    /// </summary>
    internal static void RefuseEmpty(object? input)
    {
        var plain = input is PSObject wrapped ? wrapped.BaseObject : input;
        if (plain is string text && string.IsNullOrWhiteSpace(text))
            throw new ArgumentTransformationMetadataException(
                "An empty string is not a number. Exclude objects without a number, or give one.");
        if (plain is IList many)
            foreach (var item in many)
                RefuseEmpty(item);
    }

    // Returns the input as a domain number if it can be converted. -1, which toolstacks use as the number of a halted VM, becomes Halted
    // (65535), a number that Xen never assigns. The cmdlet then reports a clear error, and not a failed conversion.
    private static object? ToDomId(object? input) => (input is PSObject wrapped ? wrapped.BaseObject : input) switch
    {
        object?[] many => Array.ConvertAll(many, ToDomId),
        IList many => many.Cast<object?>().Select(ToDomId).ToArray(),
        -1 or -1L or (short)-1 or (sbyte)-1 or -1.0 or -1m => Halted,
        // -DomId -1 arrives as text, because the parser first takes -1 for a parameter.
        string text when text.Trim() == (-1).ToString(CultureInfo.InvariantCulture) => Halted,
        string or sbyte or byte or short or int or uint or long or ulong or float or double or decimal
            when LanguagePrimitives.TryConvertTo(input, CultureInfo.InvariantCulture, out ushort number) => number,
        _ => input,
    };

    private static object? ToUuid(object? input) => (input is PSObject wrapped ? wrapped.BaseObject : input) switch
    {
        string text when string.IsNullOrWhiteSpace(text) => null,
        string text when Guid.TryParse(text, out var uuid) => uuid,
        string text => throw new ArgumentTransformationMetadataException($"'{text}' is not a UUID."),
        IList many => many.Cast<object?>().Select(ToUuid).Where(uuid => uuid is not null).ToArray(),
        _ => input,
    };

    // Throws an exception if the input is an object that is neither text nor a simple value such as a number. PowerShell would convert any
    // object from the pipeline to text, and the cmdlet would search for a domain with this text as its name.
    private static void RefuseObject(object? input)
    {
        var plain = input is PSObject wrapped ? wrapped.BaseObject : input;
        if (plain is null or string or char || plain.GetType().IsPrimitive) return;
        if (plain is not IList many)
        {
            // The inner exception must be a PSInvalidCastException: PowerShell then tries to bind the object to other parameters.
            throw new ArgumentTransformationMetadataException(
                $"An object of type {plain.GetType()} is not a name.",
                new PSInvalidCastException());
        }
        foreach (var item in many) RefuseObject(item);
    }
}
