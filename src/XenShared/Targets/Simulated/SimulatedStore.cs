using System.Globalization;

namespace XenShared.Targets.Simulated;

/// <summary>Simulates the xenstore nodes about the devices of a guest: those of its ports, and the states of both ends.</summary>
internal sealed class SimulatedStore
{
    private const int FirstRing = 8;

    private readonly string _home;
    private readonly IReadOnlyDictionary<string, string> _ports;
    private readonly Dictionary<string, string> _nodes = new(StringComparer.Ordinal);

    /// <summary>Creates the nodes of connected devices.</summary>
    /// <param name="domId">The domain.</param>
    /// <param name="ports">The nodes of its ports, by their path below its home.</param>
    public SimulatedStore(ushort domId, IReadOnlyDictionary<string, string> ports)
    {
        _home = string.Create(CultureInfo.InvariantCulture, $"/local/domain/{domId}");
        _ports = ports;
        foreach (var path in ports.Keys.Order(StringComparer.Ordinal))
        {
            if (path.Split('/') is ["device", var kind, var id, _]) AddDevice(domId, kind, id);
            else if (path == "console/port") AddConsole(domId);
        }
    }

    /// <summary>Gets or sets the value of a node; null for no node.</summary>
    public string? this[string path]
    {
        get => Read(path);
        set
        {
            if (value is null) _nodes.Remove(path);
            else _nodes[path] = value;
        }
    }

    /// <summary>Returns the value of a node; null if there is none.</summary>
    public string? Read(string path) =>
        _nodes.GetValueOrDefault(path)
        ?? (path.StartsWith(_home + "/", StringComparison.Ordinal) ? _ports.GetValueOrDefault(path[(_home.Length + 1)..]) : null);

    /// <summary>Returns the names of the children of a node.</summary>
    public IReadOnlyList<string> List(string path) =>
    [
        .. _nodes.Keys
            .Concat(_ports.Keys.Select(port => $"{_home}/{port}"))
            .Where(node => node.StartsWith(path + "/", StringComparison.Ordinal))
            .Select(node => node[(path.Length + 1)..].Split('/')[0])
            .Distinct(),
    ];

    /// <summary>Removes all nodes, as the toolstack does when the domain is destroyed.</summary>
    public void Clear() => _nodes.Clear();

    private void AddDevice(ushort domId, string kind, string id)
    {
        var frontend = $"{_home}/device/{kind}/{id}";
        var backend = string.Create(CultureInfo.InvariantCulture, $"/local/domain/0/backend/{kind}/{domId}/{id}");
        Connect(frontend, backend, kind, id);
        SetState(frontend, XenbusState.Connected);
        SetState(backend, XenbusState.Connected);
        if (kind is "vif" or "vbd") _nodes[$"{backend}/hotplug-status"] = "connected";
        foreach (var ring in kind == "vif" ? new[] { "rx-ring-ref", "tx-ring-ref" } : ["ring-ref"])
            _nodes[$"{frontend}/{ring}"] = (FirstRing + _nodes.Count).ToString(CultureInfo.InvariantCulture);
    }

    // Adds the first console as xenstore has it: its backend stays in the first state (Initialising), and its frontend has no state.
    private void AddConsole(ushort domId)
    {
        var backend = string.Create(CultureInfo.InvariantCulture, $"/local/domain/0/backend/console/{domId}/0");
        Connect($"{_home}/console", backend, "console", "0");
        SetState(backend, XenbusState.Initialising);
    }

    private void Connect(string frontend, string backend, string kind, string id)
    {
        var toolstack = $"/libxl{_home["/local/domain".Length..]}/device/{kind}/{id}";
        _nodes[$"{toolstack}/frontend"] = _nodes[$"{backend}/frontend"] = frontend;
        _nodes[$"{toolstack}/backend"] = _nodes[$"{frontend}/backend"] = backend;
        _nodes[$"{backend}/online"] = "1";
    }

    private void SetState(string end, XenbusState state) =>
        _nodes[$"{end}/state"] = ((int)state).ToString(CultureInfo.InvariantCulture);
}
