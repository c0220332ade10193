namespace XenShared.Hypervisor;

/// <summary>
/// Reads those nodes of a domain that contain event channel ports (<c>docs/misc/xenstore-paths.pandoc</c>) from xenstore. The number of
/// nodes is limited, because a guest can create nodes.
/// </summary>
/// <param name="readNode">Returns the value of a node; null if there is none.</param>
/// <param name="listNodes">Returns the names of the children of a node; empty if there are none.</param>
internal sealed class PortNodeReader(Func<string, string?> readNode, Func<string, IReadOnlyList<string>> listNodes)
{
    /// <summary>
    /// The maximum number of nodes to read. xenstored usually limits a guest to about a thousand nodes. This limit is for a xenstored
    /// without such a quota, where a guest could create nodes without end.
    /// </summary>
    public const int MaximumNodes = 8192;

    private readonly Dictionary<string, string> _nodes = new(StringComparer.Ordinal);
    private string _home = "";
    private int _visited;

    /// <summary>
    /// Returns the nodes. The keys are the paths below <c>/local/domain/DOMID</c>. Use a new object for each call, because the object
    /// counts the nodes.
    /// </summary>
    public IReadOnlyDictionary<string, string> Read(ushort domId)
    {
        _home = $"/local/domain/{domId}/";
        Add("console/port");
        Add("store/port");
        Add("device/suspend/event-channel");
        foreach (var number in listNodes(_home + "vuart")) Add($"vuart/{number}/port");
        foreach (var kind in listNodes(_home + "device"))
        {
            foreach (var number in listNodes($"{_home}device/{kind}")) AddDevice($"device/{kind}/{number}", depth: 0);
        }
        return _nodes;
    }

    private void AddDevice(string device, int depth)
    {
        foreach (var leaf in listNodes(_home + device))
        {
            if (++_visited > MaximumNodes) return;
            if (leaf.Contains("event-channel", StringComparison.Ordinal) || leaf == "port") Add($"{device}/{leaf}");
            else if (depth == 0 && leaf.StartsWith("queue-", StringComparison.Ordinal)) AddDevice($"{device}/{leaf}", depth + 1);
        }
    }

    private void Add(string path)
    {
        if (readNode(_home + path) is { } value) _nodes[path] = value;
    }
}
