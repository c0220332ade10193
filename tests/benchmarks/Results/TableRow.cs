using System.Globalization;

namespace XenShared.Benchmarks.Results;

/// <summary>Represents a row of the table: a comparison, its value, and whether it keeps its bound.</summary>
internal sealed record TableRow(Bound Bound, string Value, string Noise, string Verdict, bool IsMissed, string? Note)
{
    private const string NoValue = "-";

    /// <summary>Creates the row of a comparison.</summary>
    /// <param name="bound">The comparison.</param>
    /// <param name="set">Its samples; null if its part has not run.</param>
    public static TableRow Create(Bound bound, SampleSet? set)
    {
        if (set is null || set.Measured.Length == 0) return new(bound, NoValue, NoValue, "not measured", false, set?.Note);
        var (value, noise) = bound.Reduce(set);
        var isMissed = bound.IsMissed(value, noise);
        var verdict = bound.Limit is null ? "no bound" : isMissed ? "missed" : bound.IsMissed(value, 0) ? "met within noise" : "met";
        return new(bound, Text(bound, value), Text(noise), verdict, isMissed, set.Note);
    }

    /// <summary>Returns the row as text.</summary>
    public string ToText(bool isChecked)
    {
        var verdict = Value == NoValue ? $"{Verdict}: {Note}" : isChecked ? Verdict : "not checked";
        return $"{Bound.Id,-18} {Value,20}  noise {Noise,-8} {Limit,-24} {verdict}";
    }

    /// <summary>Returns the row as Markdown.</summary>
    public string ToMarkdown() => $"| {Bound.What} | {Limit} | {Bound.Before ?? "-"} | {Value} | {Noise} | {Verdict} |";

    private string Limit =>
        Bound.Limit is not { } limit ? "none"
        : Bound.Comparison is Comparison.Faster or Comparison.RatePercent ? $"at least {Text(Bound, limit)}"
        : $"at most {Text(Bound, limit)}";

    private static string Text(Bound bound, double value) => bound.Comparison switch
    {
        Comparison.Times => $"{Text(value)} times",
        Comparison.Faster => $"{Text(value)} times faster",
        Comparison.RatePercent => $"{Text(value)} %",
        Comparison.Difference => $"{Text(value)} MB",
        _ => $"exponent {Text(value)}",
    };

    private static string Text(double value) => value.ToString(Math.Abs(value) < 10 ? "0.##" : "0", CultureInfo.InvariantCulture);
}
