using System.Globalization;
using System.Management.Automation;

namespace XenShared.PowerShell.Parameters;

/// <summary>
/// Takes a plain number as seconds, and refuses a duration that is not between a millisecond and a year: PowerShell would take 5 as ticks
/// and "5" as days.
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
        // Not a number fails this comparison too.
        if (seconds is >= MinimumSeconds and <= MaximumSeconds) return TimeSpan.FromSeconds(seconds);
        throw new ArgumentTransformationMetadataException(string.Create(CultureInfo.InvariantCulture,
            $"A duration is from {MinimumSeconds} to {MaximumSeconds} seconds, not {seconds}."));
    }

    // Null for what PowerShell is left to convert, or to refuse.
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
