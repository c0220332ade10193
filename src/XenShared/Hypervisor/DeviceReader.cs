using System.Globalization;

namespace XenShared.Hypervisor;

/// <summary>
/// Reads the devices of a domain from a tree of xenstore nodes. The guest writes a part of the tree: it can name devices that it does not
/// have, and backends of other domains. So a device of the toolstack is read first, the number of requests is limited, and a backend counts
/// only if its path has the domain and the number of the device and it names this frontend.
/// </summary>
/// <param name="readNode">Returns the value of a node; null if there is none.</param>
/// <param name="listNodes">Returns the names of the children of a node; empty if there are none.</param>
internal sealed class DeviceReader(Func<string, string?> readNode, Func<string, IReadOnlyList<string>> listNodes)
{
    private const int MaximumRequests = 8192;

    // queue-0/ring-ref (block, network), 0/0/ring-ref (sound).
    private const int MaximumDepth = 2;
    private const int MaximumBackendPath = 256;
    private const ushort FirstReservedDomId = 0x7ff0;

    private static readonly string[] s_backendNodes = ["state", "online", "hotplug-status"];

    private readonly Dictionary<(string Kind, string Id), DeviceInfo> _devices = [];
    private int _requests;
    private bool _isComplete = true;

    /// <summary>Reads the devices of a domain. A reader is used once.</summary>
    public DeviceTable Read(ushort domId)
    {
        var home = string.Create(CultureInfo.InvariantCulture, $"/local/domain/{domId}");
        // Only the toolstack writes here (libxl).
        var toolstack = string.Create(CultureInfo.InvariantCulture, $"/libxl/{domId}/device");
        foreach (var (kind, id) in ListDevices(toolstack))
        {
            var frontend = kind == "console" && id == "0" ? $"{home}/console" : $"{home}/device/{kind}/{id}";
            if (Read($"{toolstack}/{kind}/{id}/frontend") is { } path && path != frontend) continue;
            Add(domId, home, kind, id, frontend, Read($"{toolstack}/{kind}/{id}/backend"));
        }
        foreach (var (kind, id) in ListDevices($"{home}/device")) Add(domId, home, kind, id, $"{home}/device/{kind}/{id}", backend: null);
        Add(domId, home, "console", "0", $"{home}/console", backend: null);
        return new DeviceTable(
            [
                .. _devices.Values
                    .OrderBy(device => device.Kind, StringComparer.Ordinal)
                    .ThenBy(device => device.Id.Length)
                    .ThenBy(device => device.Id, StringComparer.Ordinal),
            ],
            _isComplete);
    }

    private IEnumerable<(string Kind, string Id)> ListDevices(string directory)
    {
        foreach (var kind in List(directory))
        {
            // Its only node is a channel to the toolstack; it has no backend.
            if (kind == "suspend") continue;
            foreach (var id in List($"{directory}/{kind}")) yield return (kind, id);
        }
    }

    private void Add(ushort domId, string home, string kind, string id, string frontend, string? backend)
    {
        if (_devices.ContainsKey((kind, id))) return;
        if (_devices.Count == DeviceInfo.MaximumDevices)
        {
            _isComplete = false;
            return;
        }
        var nodes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var isDevice = backend is not null;
        foreach (var name in List(frontend))
        {
            // The console of a toolstack other than libxl has a port only.
            isDevice |= name is "state" or "backend" || (name == "port" && frontend == $"{home}/console");
            if (name == "backend") backend ??= ReadClaimedBackend(frontend);
            else AddFrontendNode(nodes, frontend, name, depth: 0);
        }
        if (!isDevice) return;
        var device = new DeviceInfo
        {
            Kind = kind,
            Id = id,
            Frontend = nodes,
            FrontendError = ReadError($"{home}/error{frontend[home.Length..]}/error"),
        };
        _devices.Add((kind, id), AddBackend(device, domId, backend));
    }

    private void AddFrontendNode(SortedDictionary<string, string> nodes, string directory, string name, int depth, string prefix = "")
    {
        if (depth < MaximumDepth && IsQueue(name))
        {
            var queue = $"{directory}/{name}";
            foreach (var child in List(queue)) AddFrontendNode(nodes, queue, child, depth + 1, $"{prefix}{name}/");
            return;
        }
        if (!(depth == 0 && name == "state") && !IsPort(name) && !IsRing(name)) return;
        if (nodes.Count == DeviceInfo.MaximumNodes) _isComplete = false;
        else if (Read($"{directory}/{name}") is { Length: <= DeviceInfo.MaximumValue } value) nodes[prefix + name] = value;
    }

    // The toolstack's own record needs no proof. What the guest wrote is followed only if the backend names this frontend.
    private string? ReadClaimedBackend(string frontend) =>
        Read($"{frontend}/backend") is { Length: <= MaximumBackendPath } path
        && path.Split('/') is ["", "local", "domain", _, "backend", .. var rest]
        && rest.All(DeviceInfo.IsName)
        && Read($"{path}/frontend") == frontend
            ? path
            : null;

    private DeviceInfo AddBackend(DeviceInfo device, ushort domId, string? path)
    {
        if (path is null
            || path.Split('/') is not ["", "local", "domain", var domain, "backend", var kind, var peer, var id]
            || !ushort.TryParse(domain, NumberStyles.None, CultureInfo.InvariantCulture, out var backendDomId)
            || backendDomId >= FirstReservedDomId
            || peer != domId.ToString(CultureInfo.InvariantCulture)
            || id != device.Id
            || !DeviceInfo.IsName(kind))
            return device;
        var nodes = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in s_backendNodes)
        {
            if (Read($"{path}/{name}") is { Length: <= DeviceInfo.MaximumValue } value) nodes[name] = value;
        }
        return device with
        {
            BackendDomId = backendDomId,
            BackendKind = kind,
            Backend = nodes,
            HotplugError = ReadError($"{path}/hotplug-error"),
            BackendError = ReadError($"/local/domain/{domain}/error/backend/{kind}/{peer}/{id}/error"),
        };
    }

    private string? ReadError(string path) =>
        Read(path) is { Length: > 0 } text ? text[..Math.Min(text.Length, DeviceInfo.MaximumError)] : null;

    private string? Read(string path) => Request() ? readNode(path) : null;

    private IEnumerable<string> List(string path) => Request() ? listNodes(path).Where(DeviceInfo.IsName) : [];

    private bool Request()
    {
        _isComplete &= _requests < MaximumRequests;
        return _requests++ < MaximumRequests;
    }

    private static bool IsQueue(string name) =>
        name.StartsWith("queue-", StringComparison.Ordinal) || name.All(char.IsAsciiDigit);

    /// <summary>Determines whether a node of a frontend contains a port.</summary>
    internal static bool IsPort(string name) => name == "port" || name.Contains("event-channel", StringComparison.Ordinal);

    /// <summary>Determines whether a node of a frontend contains the reference of a ring.</summary>
    internal static bool IsRing(string name) => name == "page-gref" || name.Contains("ring-ref", StringComparison.Ordinal);
}
