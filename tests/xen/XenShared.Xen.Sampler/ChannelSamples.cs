using System.Text.Json;
using System.Text.Json.Serialization;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.Xen.Sampler;

/// <summary>Prints the library's channels, and Xen's own view of them immediately before and after.</summary>
internal static class ChannelSamples
{
    // Guests that are paused for each sample need time to run between samples.
    private static readonly TimeSpan s_running = TimeSpan.FromMilliseconds(50);

    private static readonly JsonSerializerOptions s_options = new() { Converters = { new JsonStringEnumConverter() } };

    public static void Print(int count, bool isPaused, IReadOnlyList<ushort> domIds)
    {
        using var target = LocalTarget.Open();
        using var key = new DebugKey();
        var query = new EventChannelQuery(target, new LoudObserver());
        var selection = new DomainSelection { DomIds = domIds };
        // All searches of guest memory are made before the first sample.
        _ = query.Run(selection).Count();
        for (var sample = 0; sample < count; sample++)
        {
            if (isPaused) key.Pause(domIds);
            var before = key.Press();
            var channels = query.Run(selection).ToArray();
            var after = key.Press();
            if (isPaused) key.Unpause(domIds);
            Console.WriteLine(JsonSerializer.Serialize(new { Before = before, Channels = channels, After = after }, s_options));
            if (isPaused) Thread.Sleep(s_running);
        }
    }
}
