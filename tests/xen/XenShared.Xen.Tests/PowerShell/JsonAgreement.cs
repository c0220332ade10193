using System.Globalization;
using System.Text.Json;

namespace XenShared.Xen.Tests.PowerShell;

/// <summary>
/// Compares an object that <c>xenshared --json</c> printed with the same object from PowerShell's ConvertTo-Json. Names and values must be
/// equal. Two differences of the writers are permitted: one writes times as text and the other as numbers, and only one writes the bytes of
/// a page.
/// </summary>
internal static class JsonAgreement
{
    // The time of a sample and the processor time of dom0 differ between two samples.
    private static readonly string[] s_moving = ["TakenAt", "CpuTime"];

    /// <summary>Returns the differences by property; empty if there are none.</summary>
    public static IEnumerable<string> Differences(JsonElement program, JsonElement shell, string path = "")
    {
        switch (program.ValueKind, shell.ValueKind)
        {
            case (JsonValueKind.Object, JsonValueKind.Object):
                return program
                    .EnumerateObject()
                    .Where(property => !s_moving.Contains(property.Name))
                    .Where(property => property.Name != "Bytes" || shell.TryGetProperty(property.Name, out _))
                    .SelectMany(property =>
                        shell.TryGetProperty(property.Name, out var value)
                            ? Differences(property.Value, value, $"{path}.{property.Name}")
                            : [$"{path}.{property.Name} is missing in PowerShell"]);
            case (JsonValueKind.Array, JsonValueKind.Array) when program.GetArrayLength() == shell.GetArrayLength():
                return program
                    .EnumerateArray()
                    .Zip(shell.EnumerateArray())
                    .SelectMany((pair, index) => Differences(pair.First, pair.Second, $"{path}[{index}]"));
            case (JsonValueKind.String, JsonValueKind.Array):
                return program.GetBytesFromBase64().SequenceEqual(shell.EnumerateArray().Select(value => value.GetByte()))
                    ? []
                    : [$"{path}: other bytes"];
            case (JsonValueKind.String, JsonValueKind.Object) when shell.TryGetProperty("Ticks", out var ticks):
                return TimeSpan.Parse(program.GetString()!, CultureInfo.InvariantCulture).Ticks == ticks.GetInt64()
                    ? []
                    : [$"{path}: {program} here, {ticks} ticks in PowerShell"];
            default:
                return program.ValueKind == shell.ValueKind && program.ToString() == shell.ToString()
                    ? []
                    : [$"{path}: {program.GetRawText()} here, {shell.GetRawText()} in PowerShell"];
        }
    }
}
