namespace XenShared.Files.DebugKeys;

/// <summary>
/// Collects the lines of debug key <c>e</c>. Xen prints domains, and the ports of each, in ascending order. If the order is broken, lines
/// are missing or two dumps are mixed, and the domain of the following ports is not known.
/// </summary>
internal sealed class DebugKeyLines
{
    private readonly Dictionary<ushort, HypervisorDomain> _domains = [];
    private Dictionary<uint, HypervisorPort> _ports = [];
    private ushort? _domain;
    private int _lastDomain = -1;
    private uint _lastPort;
    private bool _isComplete;
    private bool _awaitsColumns;

    /// <summary>Gets the domains that have been read.</summary>
    public IReadOnlyDictionary<ushort, HypervisorDomain> Domains => _domains;

    /// <summary>Gets a value indicating whether the first line of the dump was read, and no heading was lost since.</summary>
    public bool HasAllDomains { get; private set; }

    /// <summary>Gets a value indicating whether every line of the dump is complete.</summary>
    public bool IsComplete => HasAllDomains && _domains.Count > 0 && _domains.Values.All(domain => domain.IsComplete);

    /// <summary>Gets a value indicating whether the heading of a domain was read.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Gets the number of ports that have been read.</summary>
    public int PortCount { get; private set; }

    /// <summary>Adds a line without its line end.</summary>
    public void Read(string line)
    {
        if (DebugKeyLine.IsAnnouncement(line)) Restart(isAnnounced: true);
        else if (DebugKeyLine.DomainOf(line) is { } domId) Open(domId);
        else if (DebugKeyLine.IsColumns(line)) ReadColumns();
        else if (DebugKeyLine.PortOf(line) is { } port) Add(port);
        else if (DebugKeyLine.HoldsBrokenPort(line)) _isComplete = false;
        else if (DebugKeyLine.HoldsBrokenHeading(line)) LoseHeading();
    }

    /// <summary>Ends the dump with the text after its last complete line.</summary>
    public void End(string rest)
    {
        if (rest.Length > 0)
        {
            _isComplete = false;
            HasAllDomains = false;
        }
        Close();
    }

    private void Restart(bool isAnnounced)
    {
        _domains.Clear();
        _domain = null;
        _lastDomain = -1;
        HasAllDomains = isAnnounced;
    }

    private void Open(ushort domId)
    {
        Close();
        HasBegun = true;
        // Two dumps are mixed, so ports of one can follow headings of the other.
        if (domId <= _lastDomain)
        {
            Restart(isAnnounced: false);
            _lastDomain = ushort.MaxValue;
            return;
        }
        _domain = domId;
        _lastDomain = domId;
        _lastPort = 0;
        _ports = [];
        _isComplete = true;
        _awaitsColumns = true;
    }

    private void ReadColumns()
    {
        if (!_awaitsColumns) LoseHeading();
        _awaitsColumns = false;
    }

    private void Add(HypervisorPort port)
    {
        if (_domain is null) return;
        if (port.Port <= _lastPort || (_ports.Count > 0 && _ports[_lastPort].Abi != port.Abi))
        {
            // A heading is missing, and it is not known where the ports of its domain begin.
            _ports = [];
            LoseHeading();
            return;
        }
        _ports[port.Port] = port;
        PortCount++;
        _lastPort = port.Port;
    }

    // The following ports are of another domain.
    private void LoseHeading()
    {
        _isComplete = false;
        HasAllDomains = false;
        Close();
    }

    private void Close()
    {
        if (_domain is { } domId)
            _domains[domId] = new HypervisorDomain(domId, _ports.Count > 0 ? _ports[_lastPort].Abi : EventAbi.Unknown, _ports, _isComplete);
        _domain = null;
    }
}
