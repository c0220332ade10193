using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace XenShared.Cli.Output;

/// <summary>Prints objects as JSON, one per line.</summary>
internal static class JsonLines
{
    /// <summary>Prints the objects, and returns their number.</summary>
    public static int Write<T>(IEnumerable<T> objects, JsonTypeInfo<T> type)
    {
        var count = 0;
        foreach (var item in objects)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(item, type));
            count++;
        }
        return count;
    }
}
