using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Collects the dumps of event channels in a log, selects one, and assigns each dump of debug key <c>q</c> to at most one of them: the one
/// before it, else the one after it.
/// </summary>
internal sealed class ConsoleLogDumps(int? requested)
{
    private readonly List<ConsoleLog> _finished = [];
    private ConsoleLog? _selected;
    private bool _isSelectedWhole;
    private int _firstOfRun = 1;
    private int _firstOfSelectedRun = 1;
    private int _run;
    private int _selectedRun;
    private long _size;

    /// <summary>Gets the number of finished dumps.</summary>
    public int Count { get; private set; }

    /// <summary>Takes into account that Xen has started, so that the following dumps cannot be compared with earlier ones.</summary>
    public void Restart()
    {
        _run++;
        _firstOfRun = Count + 1;
    }

    /// <summary>Adds a finished dump.</summary>
    /// <param name="dump">The dump.</param>
    /// <param name="isWhole">Whether each of its lines is complete.</param>
    public void Add(ConsoleLog dump, bool isWhole)
    {
        Count++;
        if (requested is { } number ? number == Count : dump.Channels.Domains.Count > 0 && (isWhole || !_isSelectedWhole))
        {
            _selected = dump with { IsRequested = requested is not null };
            _isSelectedWhole = isWhole;
            _selectedRun = _run;
            _firstOfSelectedRun = _firstOfRun;
        }
        if (requested is not null || dump.Channels.Domains.Count == 0) return;
        _finished.Add(dump);
        _size += SizeOf(dump);
        // A text can contain any number of dumps. If they are more than MaximumDumps, or need too much memory, the oldest ones are removed.
        while (_finished.Count > ConsoleLogReader.MaximumDumps || _size > ConsoleLogReader.MaximumPorts && _finished.Count > 1)
        {
            _size -= SizeOf(_finished[0]);
            _finished.RemoveAt(0);
        }
    }

    /// <summary>Selects a dump: the requested one, else the last complete one; if none is complete, the last one.</summary>
    /// <param name="states">The dumps of debug key <c>q</c>.</param>
    /// <param name="version">The version of the hypervisor; null if the log does not contain it.</param>
    /// <param name="name">The name of the log, for error messages.</param>
    /// <returns>Null if there is no dump.</returns>
    /// <exception cref="XenException"><see cref="XenErrorId.FileNotRecognised"/>: there are fewer dumps.</exception>
    public ConsoleLog? Select(DomainStateDumps states, XenVersion? version, string name)
    {
        var (count, what) = Count > 0 ? (Count, "event channels") : (states.Count, "debug key 'q'");
        if (requested > count && count > 0)
            throw new XenException(
                XenErrorId.FileNotRecognised,
                $"'{name}' has {count} dumps of {what}, but no dump {requested}",
                "select one of these");
        return _selected is { } selected ? WithStates(selected, states)
            : states.Count > 0 ? FromStates(states, version)
            : null;
    }

    // Returns the selected dump, after adding the dumps of debug key 'q' to it and to the earlier dumps of event channels, from the last to
    // the first. A dump of 'q' is removed from the list when it is used, so that it is not added to two dumps.
    private ConsoleLog WithStates(ConsoleLog selected, DomainStateDumps all)
    {
        var states = all.Finished.Where(dump => dump.Run == _selectedRun).ToList();
        var number = selected.SelectedDump;
        var shown = Take(states, states.FindLastIndex(dump => dump.ChannelDump <= number)) ?? Take(states, states.Count > 0 ? 0 : -1);
        var remark = all.Count > 1 ? $"There are {all.Count} dumps of debug key 'q'; one is shown." : null;
        var earlier = new List<ConsoleLog>();
        foreach (var dump in Enumerable.Reverse(_finished.FindAll(dump => dump.SelectedDump >= _firstOfSelectedRun)))
        {
            if (dump.SelectedDump is var other && other >= number) continue;
            var at = states.FindLastIndex(states => states.ChannelDump == other || states.ChannelDump == other - 1);
            earlier.Add(dump with { States = Take(states, at)?.States });
        }
        earlier.Reverse();
        return selected with
        {
            Dumps = Count,
            States = shown is null ? null : WithRemark(shown.States, remark),
            EarlierDumps = earlier,
        };
    }

    private ConsoleLog? FromStates(DomainStateDumps all, XenVersion? version)
    {
        var shown = requested is { } number ? all.Finished.FirstOrDefault(dump => dump.Number == number) : all.Finished[^1];
        if (shown is null) return null;
        var remark = all.Count > 1 ? $"There are {all.Count} dumps of debug key 'q'; number {shown.Number} is shown." : null;
        var empty = new ConsoleLog(new HypervisorChannels(null, new Dictionary<ushort, HypervisorDomain>(), false), 0, 0, version);
        var earlier = requested is null ? all.Finished.Where(dump => dump.Run == shown.Run && dump != shown) : [];
        return empty with
        {
            States = WithRemark(shown.States, remark),
            EarlierDumps = [.. earlier.Select(dump => empty with { States = dump.States })],
        };
    }

    private static DomainStateDump? Take(List<DomainStateDump> dumps, int at)
    {
        if (at < 0) return null;
        var dump = dumps[at];
        dumps.RemoveAt(at);
        return dump;
    }

    private static HypervisorDomainStates WithRemark(HypervisorDomainStates states, string? remark) =>
        states with { Remark = string.Join(' ', new[] { remark, states.Remark }.OfType<string>()) is { Length: > 0 } text ? text : null };

    private static int SizeOf(ConsoleLog dump) =>
        dump.Channels.Domains.Values.Sum(domain => 1 + domain.Ports.Count + (domain.PollingVcpus?.Count ?? 0));
}
