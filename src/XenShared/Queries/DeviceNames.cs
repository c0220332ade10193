using System.Globalization;

namespace XenShared.Queries;

/// <summary>
/// Maps the ports of a domain to the names of their devices according to xenstore (<c>docs/misc/xenstore-paths.pandoc</c> and
/// <c>xen/include/public/io/</c>). The guest can write some of these nodes, so a name is only a label, and no proof of what uses the port.
/// </summary>
internal sealed class DeviceNames
{
    private readonly Dictionary<uint, string> _names = [];

    /// <summary>Returns the label of a port; null if xenstore does not name it.</summary>
    public string? Find(uint port) => _names.GetValueOrDefault(port);

    /// <summary>Gets all ports with a label.</summary>
    public IReadOnlyDictionary<uint, string> All => _names;

    /// <summary>Reads labels from the nodes of a domain. The paths are relative to <c>/local/domain/N</c>.</summary>
    public static DeviceNames Parse(IReadOnlyDictionary<string, string> nodes)
    {
        var devices = new DeviceNames();
        string[] paths = [.. nodes.Keys];
        Array.Sort(paths, StringComparer.Ordinal);
        foreach (var path in paths)
        {
            if (uint.TryParse(nodes[path], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                && port > 0
                && Label(path.Split('/')) is { } label)
                devices._names.TryAdd(port, label);
        }
        return devices;
    }

    // Returns the label of a port, from the path of the node that contains its number; null if no port has such a path. Examples of paths:
    // console/port, device/vif/0/event-channel-tx, device/vbd/51712/queue-1/event-channel.
    private static string? Label(string[] path) =>
        path switch
        {
            ["console", "port"] => "console",
            ["store", "port"] => "xenstore",
            ["vuart", var number, "port"] => $"vuart{number}",
            ["device", "console", var number, "port"] => $"console{number}",
            ["device", "suspend", "event-channel"] => "suspend",
            ["device", var kind, var number, var leaf] when Direction(leaf) is { } direction => $"{kind}{number}{direction}",
            ["device", var kind, var number, var queue, var leaf]
                when queue.StartsWith("queue-", StringComparison.Ordinal) && Direction(leaf) is { } direction =>
                $"{kind}{number} queue {queue["queue-".Length..]}{direction}",
            _ => null,
        };

    private static string? Direction(string leaf) => leaf switch
    {
        "event-channel" => "",
        "event-channel-tx" => " tx",
        "event-channel-rx" => " rx",
        "req-event-channel" => " request",
        "evt-event-channel" => " event",
        _ when leaf.StartsWith("event-channel-", StringComparison.Ordinal) => $" ring {leaf["event-channel-".Length..]}",
        _ => null,
    };
}
