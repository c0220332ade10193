using System.Collections;
using System.Management.Automation;

namespace XenShared.PowerShell.Parameters;

/// <summary>
/// Rejects enumeration values without a name. PowerShell checks numbers and text itself, but not a value that was cast from a number.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ValidateNamedValueAttribute : ValidateArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        foreach (var item in arguments is IEnumerable many ? many.Cast<object?>() : [arguments])
        {
            var value = item is PSObject wrapped ? wrapped.BaseObject : item;
            if (value is Enum && !Enum.IsDefined(value.GetType(), value))
                throw new ValidationMetadataException($"'{value}' is not one of {string.Join(", ", Enum.GetNames(value.GetType()))}.");
        }
    }
}
