using System.Globalization;

namespace XenShared.Hypervisor;

/// <summary>
/// Reads the devices of a domain from xenstore. The guest can write a part of the nodes: it can name devices that it does not have, and
/// backends of other domains. So the devices that the toolstack recorded are read first, and the number of requests is limited. A backend
/// is used only if its path contains the numbers of the domain and the device. If the guest gave this path, a node of the backend must also
/// name the frontend.
/// </summary>
/// <param name="readNode">Returns the value of a node; null if there is none.</param>
/// <param name="listNodes">Returns the names of the children of a node; empty if there are none.</param>
internal sealed class DeviceReader(Func<string, string?> readNode, Func<string, IReadOnlyList<string>> listNodes)
{
    private const int MaximumRequests = 8192;

    // The maximum number of directories between the directory of a frontend and a node of a queue: one for queue-0/ring-ref (block,
    // network), two for 0/0/ring-ref (sound).
    private const int MaximumDepth = 2;
    private const int MaximumBackendPath = 256;
    private const ushort FirstReservedDomId = 0x7ff0;

    private static readonly string[] s_backendNodes = ["state", "online", "hotplug-status"];

    private readonly Dictionary<(string Kind, string Id), DeviceInfo> _devices = [];
    private int _requests;
    private bool _isComplete = true;

    /// <summary>Reads the devices of a domain. Use a new object for each call, because the object counts the requests.</summary>
    public DeviceTable Read(ushort domId)
    {
        var home = string.Create(CultureInfo.InvariantCulture, $"/local/domain/{domId}");
        // Only the toolstack (libxl) can write below this path, so a device that is listed there exists.
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
            // The directory "suspend" has only the port of an event channel to the toolstack. It has no backend, so it is not a device.
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
            // A toolstack other than libxl writes only a port for the console, and neither a state nor a backend. So a console with a port
            // is a device.
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

    // Returns the path of the backend that a frontend names; null if this is not the path of a backend, or if the backend does not name
    // this frontend. The second check is necessary because the guest can write any path.
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

    /// <summary>Determines whether a node of a frontend contains the port of an event channel, according to the name of the node.</summary>
    internal static bool IsPort(string name) => name == "port" || name.Contains("event-channel", StringComparison.Ordinal);

    /// <summary>
    /// Determines whether a node of a frontend contains the grant reference of a ring (memory that is shared with the backend), according
    /// to the name of the node.
    /// </summary>
    internal static bool IsRing(string name) => name == "page-gref" || name.Contains("ring-ref", StringComparison.Ordinal);
}
