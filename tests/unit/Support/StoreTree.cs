using XenShared.Hypervisor;

namespace XenShared.Tests.Support;

/// <summary>A tree of xenstore nodes, as the daemon answers about it.</summary>
internal sealed class StoreTree
{
    private readonly SortedDictionary<string, string> _nodes = new(StringComparer.Ordinal);

    public int Requests { get; private set; }

    public string this[string path]
    {
        set => _nodes[path] = value;
    }

    /// <summary>The nodes that libxl and a Linux guest have of a healthy device, as seen on Xen 4.17.</summary>
    public static StoreTree WithDisk(ushort domId = 1)
    {
        var tree = new StoreTree();
        tree.AddDisk(domId);
        return tree;
    }

    public void AddDisk(ushort domId = 1, string id = "51712", bool isInToolstack = true)
    {
        var frontend = $"/local/domain/{domId}/device/vbd/{id}";
        var backend = $"/local/domain/0/backend/vbd/{domId}/{id}";
        if (isInToolstack)
        {
            this[$"/libxl/{domId}/device/vbd/{id}/frontend"] = frontend;
            this[$"/libxl/{domId}/device/vbd/{id}/backend"] = backend;
        }
        this[$"{frontend}/backend"] = backend;
        this[$"{frontend}/backend-id"] = "0";
        this[$"{frontend}/state"] = "4";
        this[$"{frontend}/ring-ref"] = "8";
        this[$"{frontend}/event-channel"] = "9";
        this[$"{frontend}/protocol"] = "x86_64-abi";
        this[$"{backend}/frontend"] = frontend;
        this[$"{backend}/state"] = "4";
        this[$"{backend}/online"] = "1";
        this[$"{backend}/hotplug-status"] = "connected";
        this[$"{backend}/params"] = "/dev/loop0";
    }

    public bool Remove(string path) => _nodes.Remove(path);

    public DeviceTable Read(ushort domId = 1) => new DeviceReader(ReadNode, List).Read(domId);

    private string? ReadNode(string path)
    {
        Requests++;
        return _nodes.GetValueOrDefault(path);
    }

    private string[] List(string path)
    {
        Requests++;
        return
        [
            .. _nodes.Keys.Where(node => node.StartsWith(path + "/", StringComparison.Ordinal))
                .Select(node => node[(path.Length + 1)..].Split('/')[0])
                .Distinct(),
        ];
    }
}
