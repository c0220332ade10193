using System.Globalization;
using System.Management.Automation;

namespace XenShared.PowerShell.Parameters;

/// <summary>
/// Converts a plain number to seconds, because PowerShell would convert 5 to ticks and "5" to days. Rejects a duration that is not between
/// a millisecond and a year.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DurationTransformationAttribute : ArgumentTransformationAttribute
{
    private const double MaximumSeconds = 366 * 86400;
    private const double MinimumSeconds = 0.001;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        var input = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        if (input is null) return null;
        if (Seconds(input) is not { } seconds) return inputData;
        // For NaN, this comparison is false, so NaN is rejected too.
        if (seconds is >= MinimumSeconds and <= MaximumSeconds) return TimeSpan.FromSeconds(seconds);
        throw new ArgumentTransformationMetadataException(string.Create(CultureInfo.InvariantCulture,
            $"A duration must be from {MinimumSeconds} to {MaximumSeconds} seconds, not {seconds}."));
    }

    // Returns the duration in seconds; null if the input is neither a duration, a number nor a text of either. Then PowerShell converts or
    // rejects the input.
    private static double? Seconds(object input) =>
        input switch
        {
            TimeSpan span => span.TotalSeconds,
            string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
            string text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span) => span.TotalSeconds,
            sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal => Convert.ToDouble(
                input,
                CultureInfo.InvariantCulture),
            _ => null,
        };
}
