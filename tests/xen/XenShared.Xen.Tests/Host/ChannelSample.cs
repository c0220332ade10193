using System.Text.Json;
using System.Text.Json.Serialization;
using XenShared.Xen.Tests.Bed;
using XenShared.Xen.Tests.Oracles;

namespace XenShared.Xen.Tests.Host;

/// <summary>Represents one of many samples of channels by a separate process, with debug key 'e' immediately before and after it.</summary>
internal sealed record ChannelSample(DebugKeyEvents Before, IReadOnlyList<XenEventChannel> Channels, DebugKeyEvents After)
{
    private static readonly JsonSerializerOptions s_options = new()
    {
        Converters = { new JsonStringEnumConverter() },
        TypeInfoResolver = ModelResolver.Create(),
    };

    /// <summary>Takes samples of domains: <c>running</c>, or <c>paused</c> for each sample.</summary>
    public static async Task<IReadOnlyList<ChannelSample>> TakeAsync(Dom0 dom0, string how, int count, params IEnumerable<ushort> domIds)
    {
        var text = await dom0.ReadAsync($"/in/bin/sampler {how} {count} {string.Join(' ', domIds)}", TimeSpan.FromMinutes(20));
        return
        [
            .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => JsonDocument.Parse(line).RootElement)
                .Select(sample => new ChannelSample(
                    DebugKeyEvents.Parse(sample.GetProperty(nameof(Before)).GetString()!),
                    sample.GetProperty(nameof(Channels)).Deserialize<XenEventChannel[]>(s_options)!,
                    DebugKeyEvents.Parse(sample.GetProperty(nameof(After)).GetString()!))),
        ];
    }

    /// <summary>Returns the channels whose bits are settled: Xen printed the same before and after the sample.</summary>
    public IEnumerable<(XenEventChannel Ours, DebugKeyPort Xen)> Settled() =>
        from channel in Channels
        let before = Before.Port(channel.DomId, channel.Port)
        let after = After.Port(channel.DomId, channel.Port)
        // A port that Xen consumes is masked to it, whatever stands in the guest's memory.
        where before is not null && after is { Consumer: 0 } && (before.Pending, before.Masked) == (after.Pending, after.Masked)
        select (channel, after);

    /// <summary>Returns what Xen printed of each listed channel before and after.</summary>
    public IEnumerable<(ushort DomId, uint Port, bool Pending, bool Masked)> SeenByXen() =>
        from channel in Channels
        from events in new[] { Before, After }
        let port = events.Port(channel.DomId, channel.Port)
        where port is not null
        select (channel.DomId, channel.Port, port.Pending, port.Masked);

    /// <summary>Returns the settled channels whose state here differs from that of Xen.</summary>
    public IEnumerable<(ushort DomId, uint Port, string Text)> Disagreements() =>
        Settled()
            .Where(pair =>
                pair.Ours.Pending is { } pending && pending != pair.Xen.Pending
                || pair.Ours.Masked is { } masked && masked != pair.Xen.Masked)
            .Select(pair =>
                (pair.Ours.DomId, pair.Ours.Port, $"{pair.Ours.Pending}/{pair.Ours.Masked}, Xen {pair.Xen.Pending}/{pair.Xen.Masked}"));
}
