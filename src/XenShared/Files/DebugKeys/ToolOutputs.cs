namespace XenShared.Files.DebugKeys;

/// <summary>Collects the outputs of tools, and of a guest's kernel, from a text.</summary>
internal sealed class ToolOutputs
{
    private readonly PortLists _ports = new();
    private readonly ToolTables _tables = new();
    private readonly StoreListing _store = new();
    private readonly LinuxDebugReader _kernel = new();

    /// <summary>Gets the output of <c>lsevtchn</c>.</summary>
    public PortLists Ports => _ports;

    /// <summary>Gets a value indicating whether the next line can belong to an output.</summary>
    public bool CanContinue => _ports.CanContinue || _tables.CanContinue || _store.CanContinue || _kernel.CanContinue;

    /// <summary>Returns the reason why the text has more of something than is read; null if it has not.</summary>
    public string? FindExcess() =>
        _ports.PortCount > ConsoleLogReader.MaximumPorts ? $"it lists more than {ConsoleLogReader.MaximumPorts} ports"
        : _tables.VcpuCount > ConsoleLogReader.MaximumVcpus ? $"it lists more than {ConsoleLogReader.MaximumVcpus} vCPUs"
        : _store.NodeCount > StoreListing.MaximumNodes ? $"it lists more than {StoreListing.MaximumNodes} xenstore nodes"
        : null;

    /// <summary>Adds a line that is neither from Xen nor from a guest, except one of <c>lsevtchn</c>.</summary>
    /// <param name="line">The line.</param>
    /// <param name="isCutOff">Whether the line has no line end, so that its end can be missing.</param>
    /// <returns>True if the line belongs to an output.</returns>
    public bool Read(ConsoleLine line, bool isCutOff = false)
    {
        if (_tables.Read(line, isCutOff)) return true;
        if (_store.Read(line)) return true;
        return _kernel.Read(line);
    }

    /// <summary>
    /// Takes into account a line of Xen or of a guest. It ends a table or a tree, so that a guest cannot add lines to them. The messages of
    /// a kernel can have lines of Xen between them.
    /// </summary>
    public void Interrupt()
    {
        _tables.Interrupt();
        _store.Finish();
    }

    /// <summary>Adds the outputs to the dumps of Xen.</summary>
    /// <param name="log">The dumps; null if there is none.</param>
    /// <param name="version">The version of Xen; null if the text does not contain it.</param>
    /// <returns>Null if the text contains nothing that can be read.</returns>
    public ConsoleLog? AddTo(ConsoleLog? log, Hypervisor.XenVersion? version)
    {
        _ports.Finish();
        _store.Finish();
        _kernel.Finish();
        if (_ports.Finished.Count == 0
            && _tables.Domains.Count == 0
            && _tables.Vcpus.Count == 0
            && !_store.Nodes.DomIds.Any()
            && _kernel.Last is null)
            return log;
        log ??= new ConsoleLog(new HypervisorChannels(null, new Dictionary<ushort, HypervisorDomain>(), false), 0, 0, version);
        var states = ListedVcpus.AddTo(log.States, _tables.Vcpus);
        var channels = log.Channels;
        if (_kernel.Last is { } kernel)
        {
            var domId = Images.GuestImage.NoDomId;
            channels = channels with { Domains = With(channels.Domains, domId, kernel.ToDomain(domId)) };
            states ??= new HypervisorDomainStates(null, new Dictionary<ushort, HypervisorDomainState>());
            states = states with { Domains = With(states.Domains, domId, kernel.ToState(domId)) };
        }
        var remarks = _tables.Remarks.Concat(_store.Remarks).Concat(_kernel.Remarks).Prepend(_ports.Remark).OfType<string>().ToArray();
        return log with
        {
            Channels = channels,
            States = states,
            PortLists = _ports.Finished,
            ListedDomains = _tables.Domains,
            Names = _tables.Names,
            Store = _store.Nodes,
            ToolRemark = remarks.Length > 0 ? string.Join(' ', remarks) : null,
        };
    }

    private static Dictionary<ushort, T> With<T>(IReadOnlyDictionary<ushort, T> domains, ushort domId, T domain) =>
        new(domains) { [domId] = domain };
}
