using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace XenShared.Cli.Output;

/// <summary>
/// Prints objects as comma-separated values (RFC 4180) with the property names of the JSON as heading. Unknown values are empty. Lists of
/// numbers and names are separated by spaces; other objects inside an object are JSON.
/// </summary>
internal static class CsvLines
{
    /// <summary>Prints the heading and the objects, and returns the number of objects.</summary>
    public static int Write<T>(IEnumerable<T> objects, JsonTypeInfo<T> type, TextWriter output)
    {
        var names = type.Properties.Select(property => property.Name).ToArray();
        output.WriteLine(string.Join(',', names.Select(Quote)));
        var count = 0;
        foreach (var item in objects)
        {
            var element = JsonSerializer.SerializeToElement(item, type);
            output.WriteLine(string.Join(',', names.Select(name => element.TryGetProperty(name, out var value) ? Quote(Text(value)) : "")));
            count++;
        }
        return count;
    }

    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => "",
        JsonValueKind.String => TextFormat.Plain(value.GetString()),
        JsonValueKind.Array when value.EnumerateArray().All(item => item.ValueKind is JsonValueKind.Number or JsonValueKind.String) =>
            string.Join(' ', value.EnumerateArray().Select(Text)),
        _ => value.GetRawText(),
    };

    private static string Quote(string text) => text.AsSpan().IndexOfAny(",\"\r\n") >= 0 ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
}
