using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace XenShared.PowerShell.Deserialization;

/// <summary>
/// Converts property values from Clixml, jobs, JSON and CSV. PowerShell's own conversion is not sufficient: it converts null to zero, false
/// or the first value of an enumeration, and the text "False" to true.
/// </summary>
internal static class ModelValue
{
    /// <summary>Converts a value to a type. Returns null if there is no value or it is not readable.</summary>
    public static object? Read(object? value, Type type)
    {
        var wanted = Nullable.GetUnderlyingType(type) ?? type;
        var plain = value is PSObject { BaseObject: not PSCustomObject } wrapped ? wrapped.BaseObject : value;
        if (plain is null or "")
            return null;
        if (wanted.IsInstanceOfType(plain))
            return plain;
        if (ModelObject.IsModel(wanted))
            return value is PSObject part ? ModelObject.Read(part, wanted) : null;
        if (wanted.IsGenericType && wanted.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            return ReadList(plain, wanted.GetGenericArguments()[0]);
        if (wanted == typeof(object) || wanted == typeof(string))
            return plain is PSObject ? null : LanguagePrimitives.ConvertTo(plain, wanted, CultureInfo.InvariantCulture);
        if (wanted.IsEnum)
            return ReadEnum(plain, wanted);
        return wanted == typeof(bool)
            ? plain is string text && bool.TryParse(text, out var isSet)
                ? isSet
                : null
            : wanted == typeof(TimeSpan)
                ? ReadDuration(plain)
                : wanted == typeof(DateTimeOffset)
                    ? ReadTime(plain)
                    : plain is PSObject || plain is double number && number != Math.Truncate(number)
                        ? null
                        : LanguagePrimitives.TryConvertTo(plain, wanted, CultureInfo.InvariantCulture, out var converted)
                            ? converted
                            : null;
    }

    private static Array? ReadList(object value, Type element)
    {
        if (value is string or not IEnumerable) return null;
        var read = ((IEnumerable)value).Cast<object?>().Select(item => Read(item, element)).ToArray();
        // If an element cannot be converted, null is returned, because a list without this element would be wrong.
        if (Array.IndexOf(read, null) >= 0) return null;
        var list = Array.CreateInstance(element, read.Length);
        Array.Copy(read, list, read.Length);
        return list;
    }

    private static object? ReadEnum(object value, Type type)
    {
        object? word;
        if (value is string text)
        {
            if (!Enum.TryParse(type, text, ignoreCase: false, out word)) return null;
        }
        else if (value is sbyte or byte or short or ushort or int or uint or long
            && LanguagePrimitives.TryConvertTo(value, Enum.GetUnderlyingType(type), CultureInfo.InvariantCulture, out var number))
        {
            word = Enum.ToObject(type, number);
        }
        else
        {
            return null;
        }
        // Every value of a flags enumeration is valid, because a guest or Xen can set bits that have no name. A value of another
        // enumeration is valid only if it has a name.
        return type.IsDefined(typeof(FlagsAttribute), inherit: false) || Enum.IsDefined(type, word!) ? word : null;
    }

    // Returns the time in a value; null if it is not known. The value is a text, a DateTime (from JSON), or an object with the properties
    // of DateTimeOffset (from Clixml).
    private static DateTimeOffset? ReadTime(object value) => value switch
    {
        string text => ReadTime(text),
        DateTime { Kind: not DateTimeKind.Unspecified } date => new DateTimeOffset(date),
        PSObject parts when parts.Properties["UtcTicks"]?.Value is long ticks => new DateTimeOffset(ticks, TimeSpan.Zero),
        _ => null,
    };

    // Returns the time in a text; null if it is not known. A job writes times in the invariant culture, and Export-Csv in the culture of
    // the user. The text does not show which. So if the two cultures read different times from it, the time is not known. A text in ISO
    // form, which begins with a year, is always read in the invariant culture.
    private static DateTimeOffset? ReadTime(string text)
    {
        var isForAll = DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var forAll);
        var isIso = text.Length > 4 && text[4] == '-';
        var isForUser = DateTimeOffset.TryParse(text, CultureInfo.CurrentCulture, DateTimeStyles.AssumeUniversal, out var forUser);
        if (isForAll && (isIso || !isForUser || forUser == forAll)) return forAll;
        return isForUser && !isForAll ? forUser : null;
    }

    // Returns the duration in a value: a text, or an object with the property Ticks (a duration that was converted to JSON and back).
    // Returns null for other values.
    private static TimeSpan? ReadDuration(object value) =>
        value switch
        {
            string text => TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) ? time : null,
            PSObject parts when parts.Properties["Ticks"]?.Value is long or int => new TimeSpan(
                Convert.ToInt64(parts.Properties["Ticks"].Value, CultureInfo.InvariantCulture)),
            _ => null,
        };
}
