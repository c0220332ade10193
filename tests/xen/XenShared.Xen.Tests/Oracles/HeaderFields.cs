using System.Globalization;

namespace XenShared.Xen.Tests.Oracles;

/// <summary>Represents a shared page as the C program <c>shared_info</c> prints it: values by the names in the headers.</summary>
internal sealed class HeaderFields
{
    private readonly Dictionary<string, decimal> _values = new(StringComparer.Ordinal);

    private HeaderFields()
    {
    }

    /// <summary>Gets the frame that was mapped; null for a page from a file.</summary>
    public ulong? Frame { get; private set; }

    /// <summary>Gets the value of a field.</summary>
    public decimal this[string name] => _values[name];

    /// <summary>Reads the lines.</summary>
    /// <exception cref="FormatException">A line of another shape.</exception>
    public static HeaderFields Parse(string text)
    {
        var fields = new HeaderFields();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(' ') is not [var name, var value]) throw new FormatException($"shared_info printed '{line}'.");
            if (name == "frame") fields.Frame = ulong.Parse(value.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            else fields._values.Add(name, decimal.Parse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        }
        return fields;
    }

    /// <summary>Determines whether a field has the same value in <paramref name="other"/>.</summary>
    public bool Agrees(HeaderFields other, string name) => _values[name] == other._values[name];

    /// <summary>Determines whether a port's bit is set in one of the two bitmaps.</summary>
    public bool IsSet(string bitmap, uint port)
    {
        var bits = _values.ContainsKey($"{bitmap}[63]") ? 64u : 32u;
        return ((ulong)_values[$"{bitmap}[{port / bits}]"] >> (int)(port % bits) & 1) != 0;
    }
}
