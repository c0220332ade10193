using System.Collections;
using System.ComponentModel;
using System.Globalization;
using System.Management.Automation;

namespace XenShared.PowerShell.Formatting;

/// <summary>Formats clocks. The properties are read by name, so that a deserialized object is displayed like a live one.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public static class ClockText
{
    private const string NotKnown = "?";

    /// <summary>Returns the drift with its uncertainty.</summary>
    public static string Drift(PSObject? clock) =>
        Number(clock, "DriftPpm") is { } drift
            ? string.Create(
                CultureInfo.CurrentCulture,
                $"{drift:+0.000;-0.000;0.000} \u00b1 {Number(clock, "DriftUncertaintyPpm"):0.000}")
            : NotKnown;

    /// <summary>Returns the number of jumps.</summary>
    public static string JumpCount(object? jumps) => Items(jumps) is { } all ? ViewFormat.Number(all.Length) : NotKnown;

    /// <summary>Returns the jumps, one per line.</summary>
    public static string Jumps(object? jumps) =>
        Items(jumps) is not { } all ? NotKnown
        : all.Length == 0 ? "none"
        : string.Join(Environment.NewLine, all.Select(Jump));

    /// <summary>Returns the clocks of vCPUs, one per line.</summary>
    public static string Vcpus(object? clocks) =>
        Items(clocks) is { Length: > 0 } all
            ? string.Join(
                Environment.NewLine,
                all.Select(clock => ViewFormat.Plain(
                    $"{Value(clock, "Vcpu"),3}  {Drift(clock)} ppm, {Value(clock, "UpdateCount")} updates, {Value(clock, "Location")}")))
            : "none";

    /// <summary>Returns the offset of a wall clock.</summary>
    public static string Offset(TimeSpan? offset) =>
        offset is { } known
            ? string.Create(CultureInfo.CurrentCulture, $"{known.TotalSeconds:+0.000;-0.000;0.000} s")
            : NotKnown;

    private static string Jump(PSObject jump) =>
        string.Create(
            CultureInfo.CurrentCulture,
            $"vCPU {Value(jump, "Vcpu")}: {Number(jump, "Nanoseconds") / 1e6:+0.###;-0.###;0} ms at {Value(jump, "SystemTime")}");

    private static PSObject[]? Items(object? list) =>
        (list is PSObject wrapped ? wrapped.BaseObject : list) is IEnumerable all and not string
            ? [.. all.Cast<object>().Select(PSObject.AsPSObject)]
            : null;

    private static object? Value(PSObject? item, string property) => item?.Properties[property]?.Value;

    private static double? Number(PSObject? item, string property) =>
        LanguagePrimitives.TryConvertTo<double?>(Value(item, property), CultureInfo.InvariantCulture, out var number) ? number : null;
}
