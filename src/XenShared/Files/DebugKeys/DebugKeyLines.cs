namespace XenShared.Files.DebugKeys;

/// <summary>
/// Puts the lines of debug key <c>e</c> together. Xen prints domains, and the ports of each, in rising order: where that order breaks,
/// lines are missing or two dumps run into each other, and whose port a line speaks of is not known any more.
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

    /// <summary>Gets the domains so far.</summary>
    public IReadOnlyDictionary<ushort, HypervisorDomain> Domains => _domains;

    /// <summary>Gets a value indicating whether the dump's first line was seen, and no heading was missed since.</summary>
    public bool HasAllDomains { get; private set; }

    /// <summary>Gets a value indicating whether every line of it came through.</summary>
    public bool IsComplete => HasAllDomains && _domains.Count > 0 && _domains.Values.All(domain => domain.IsComplete);

    /// <summary>Gets a value indicating whether a domain's heading was read, of a dump of which nothing may be left.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Gets how many ports there are so far.</summary>
    public int PortCount { get; private set; }

    /// <summary>Takes a line, without its end.</summary>
    public void Read(string line)
    {
        if (DebugKeyLine.IsAnnouncement(line)) Restart(isAnnounced: true);
        else if (DebugKeyLine.DomainOf(line) is { } domId) Open(domId);
        else if (DebugKeyLine.IsColumns(line)) ReadColumns();
        else if (DebugKeyLine.PortOf(line) is { } port) Add(port);
        else if (DebugKeyLine.HoldsBrokenPort(line)) _isComplete = false;
        else if (DebugKeyLine.HoldsBrokenHeading(line)) LoseHeading();
    }

    /// <summary>Ends the dump with what stands after its last whole line.</summary>
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
        // Two dumps at once: either's ports may stand under the other's headings.
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
            // Ports of a domain whose heading is missing: nobody knows from which on.
            _ports = [];
            LoseHeading();
            return;
        }
        _ports[port.Port] = port;
        PortCount++;
        _lastPort = port.Port;
    }

    // The ports that follow are another domain's.
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
