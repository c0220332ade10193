using System.Management.Automation;

namespace XenShared.PowerShell.Formatting;

/// <summary>Converts the names of event ABIs in the views, so that <c>-eq '2-level'</c> compares like <c>-eq 'TwoLevel'</c>.</summary>
public sealed class EventAbiConverter : PSTypeConverter
{
    /// <summary>Determines whether the value is a text, which can be converted.</summary>
    public override bool CanConvertFrom(object sourceValue, Type destinationType) => sourceValue is string;

    /// <summary>Returns the ABI with this name, in the views or in the enumeration.</summary>
    /// <exception cref="PSInvalidCastException">No ABI has this name.</exception>
    public override object ConvertFrom(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase)
    {
        var text = (string)sourceValue;
        foreach (var abi in Enum.GetValues<EventAbi>())
        {
            var name = abi.ToString();
            if (text.Equals(ViewFormat.Abi(name), StringComparison.OrdinalIgnoreCase)) return abi;
            if (text.Equals(name, StringComparison.OrdinalIgnoreCase)) return abi;
        }
        throw new PSInvalidCastException(
            $"'{text}' is not an event ABI; the names are {string.Join(", ", Enum.GetNames<EventAbi>())}, and 2-level for TwoLevel.");
    }

    /// <summary>Returns false: PowerShell converts an ABI itself.</summary>
    public override bool CanConvertTo(object sourceValue, Type destinationType) => false;

    /// <summary>Throws an exception, because this conversion is not supported.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override object ConvertTo(object sourceValue, Type destinationType, IFormatProvider formatProvider, bool ignoreCase) =>
        throw new NotSupportedException();
}
