using System.Globalization;
using System.Text;

namespace XenShared.Reports.Metrics;

/// <summary>Represents a value of a metric for a host or a domain.</summary>
internal sealed class MetricSample
{
    private readonly StringBuilder _labels = new();
    private readonly int _uuidAt;

    private MetricSample(string host, int domId, string? name, string value)
    {
        Host = host;
        DomId = domId;
        Value = value;
        if (host.Length > 0) With("host", host);
        if (domId >= 0) With("domid", domId.ToString(CultureInfo.InvariantCulture));
        if (name is not null) With("domain", name);
        _uuidAt = _labels.Length;
    }

    public string Host { get; }

    /// <summary>Gets the domain; -1 for a sample of the host.</summary>
    public int DomId { get; }

    /// <summary>Gets the number that orders the samples of a domain, such as the vCPU.</summary>
    public int Number { get; private set; }

    public string Labels => _labels.ToString();

    public string Value { get; }

    /// <summary>Creates a sample without a host.</summary>
    public static MetricSample Whole(double value) => new("", -1, name: null, Text(value));

    /// <summary>Creates a sample of a host.</summary>
    public static MetricSample Create(string host, double value) => new(host, -1, name: null, Text(value));

    /// <summary>Creates a sample of a domain; null if the value is null.</summary>
    public static MetricSample? Create(string host, ushort domId, string? name, double? value) =>
        value is { } known ? new MetricSample(host, domId, name, Text(known)) : null;

    /// <summary>Returns the labels with the UUID of the domain, if it is known.</summary>
    public string LabelsWith(Guid? uuid) =>
        uuid is { } known ? Labels.Insert(_uuidAt, $"{(_uuidAt > 0 ? "," : "")}uuid=\"{known}\"") : Labels;

    /// <summary>Returns the sample with an additional label.</summary>
    public MetricSample With(string label, string value)
    {
        if (_labels.Length > 0) _labels.Append(',');
        _labels.Append(label).Append("=\"").Append(Escape(value)).Append('"');
        return this;
    }

    /// <summary>Returns the sample with a number as a label.</summary>
    public MetricSample With(string label, int number)
    {
        Number = number;
        return With(label, number.ToString(CultureInfo.InvariantCulture));
    }

    // Escapes backslash, quote and newline, as both formats of metrics require. Returns the value without other control characters, because
    // some readers stop at them.
    private static string Escape(string value)
    {
        var text = new StringBuilder(value.Length);
        foreach (var letter in value)
        {
            _ = letter switch
            {
                '\\' => text.Append(@"\\"),
                '"' => text.Append("\\\""),
                '\n' => text.Append(@"\n"),
                _ => text.Append(letter),
            };
        }
        return DisplayText.Sanitize(text.ToString());
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
