namespace XenShared.Files.DebugKeys;

/// <summary>
/// Collects the lines of a dump of debug key <c>e</c>. Xen prints domains, and the ports of each, in ascending order. A number out of order
/// shows that lines are missing or that two dumps are mixed. Then it is not known to which domain the following ports belong.
/// </summary>
internal sealed class DebugKeyLines
{
    private readonly Dictionary<ushort, HypervisorDomain> _domains = [];
    private readonly Dictionary<ushort, IReadOnlyList<int>> _polling = [];
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

    /// <summary>
    /// Gets the number of ports and polling vCPUs that have been read. Callers compare it with a limit to bound the use of memory.
    /// </summary>
    public int PortCount { get; private set; }

    /// <summary>Determines whether a heading begins another dump, because its domain does not come after the last one.</summary>
    public bool BeginsAnotherDump(DebugKeyLine line) => line.Kind == DebugKeyLineKind.Heading && line.DomId <= _lastDomain;

    /// <summary>Adds a line.</summary>
    public void Read(DebugKeyLine line)
    {
        switch (line.Kind)
        {
            case DebugKeyLineKind.Announcement: Restart(isAnnounced: true); break;
            case DebugKeyLineKind.Heading: Open(line.DomId!.Value); break;
            case DebugKeyLineKind.PollingVcpus: ReadPolling(line); break;
            case DebugKeyLineKind.Columns: ReadColumns(); break;
            case DebugKeyLineKind.Port: Add(line.Port); break;
            case DebugKeyLineKind.BrokenPort: _isComplete = false; break;
            case DebugKeyLineKind.BrokenHeading: LoseHeading(); break;
        }
    }

    /// <summary>Ends the dump.</summary>
    /// <param name="isCutOff">Whether the text ends within a line of Xen.</param>
    public void End(bool isCutOff)
    {
        if (isCutOff)
        {
            _isComplete = false;
            HasAllDomains = false;
        }
        Close();
    }

    private void Restart(bool isAnnounced)
    {
        _domains.Clear();
        _polling.Clear();
        _domain = null;
        _lastDomain = -1;
        HasAllDomains = isAnnounced;
    }

    private void Open(ushort domId)
    {
        Close();
        HasBegun = true;
        // Xen prints domains in ascending order. If the number is not higher than that of the last domain, two dumps are mixed. Then the
        // ports of one dump can follow a heading of the other, so nothing is used until the next dump is announced.
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

    // Adds the polling vCPUs of a domain. Xen 4.0 prints them before the heading of the domain, in a line with the number of the domain.
    // Later versions print them after the heading, without the number.
    private void ReadPolling(DebugKeyLine line)
    {
        if ((line.DomId ?? _domain) is not { } domId) return;
        var vcpus = line.Polling.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1)).ToArray();
        PortCount += vcpus.Length;
        // Xen prints one line of polling vCPUs for each domain. A second one for the same domain shows that a heading between the two is
        // missing.
        if (!_polling.TryAdd(domId, vcpus)) LoseHeading();
    }

    private void ReadColumns()
    {
        if (!_awaitsColumns) LoseHeading();
        _awaitsColumns = false;
    }

    private void Add(HypervisorPort port)
    {
        if (_domain is null)
        {
            HasAllDomains = false;
            return;
        }
        if (port.Port <= _lastPort || (_ports.Count > 0 && _ports[_lastPort].Abi != port.Abi))
        {
            // The port is not higher than the last one, or has another ABI. So it belongs to another domain, whose heading is missing.
            // Where the ports of that domain begin is not known, so all ports since the last heading are discarded.
            _ports = [];
            LoseHeading();
            return;
        }
        _ports[port.Port] = port;
        PortCount++;
        _lastPort = port.Port;
    }

    // Ends the present domain as incomplete, because a heading is missing. It is not known to which domain the following ports belong.
    private void LoseHeading()
    {
        _isComplete = false;
        HasAllDomains = false;
        Close();
    }

    private void Close()
    {
        if (_domain is { } domId)
        {
            _domains[domId] = new HypervisorDomain(domId, _ports.Count > 0 ? _ports[_lastPort].Abi : EventAbi.Unknown, _ports, _isComplete)
            {
                PollingVcpus = _polling.GetValueOrDefault(domId),
            };
        }
        _domain = null;
    }
}
