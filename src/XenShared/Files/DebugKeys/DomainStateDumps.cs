namespace XenShared.Files.DebugKeys;

/// <summary>
/// Collects the dumps of debug key <c>q</c> in a log. All lines of a dump must be from the same source: all or none have <c>(XEN)</c>, and
/// their prefixes have the same shape.
/// </summary>
internal sealed class DomainStateDumps
{
    private readonly int? _requested;
    private readonly List<DomainStateDump> _finished = [];
    private readonly List<int> _unread = [];
    private DomainStateLines _lines = new();
    private ConsoleLine? _first;
    private bool _hasFollowers;
    private int _channelDumps;
    private int _unreadCount;
    private int _run;
    private long _size;

    /// <summary>Creates a collector.</summary>
    /// <param name="requested">The number of the dump to keep in any case; null for none.</param>
    public DomainStateDumps(int? requested) => _requested = requested;

    /// <summary>Gets the number of finished dumps.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the finished dumps, oldest first. Only the last ones are kept if a limit is exceeded.</summary>
    public IReadOnlyList<DomainStateDump> Finished => _finished;

    /// <summary>Gets the number of vCPUs that have been read in the current dump.</summary>
    public int VcpuCount => _lines.VcpuCount;

    /// <summary>Adds a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="parsed">Its values; null if it is incomplete.</param>
    /// <param name="channelDumps">The number of dumps of event channels that have begun.</param>
    public void Add(ConsoleLine line, DomainStateLine? parsed, int channelDumps)
    {
        if (parsed is { Kind: DomainStateLineKind.End })
        {
            EndDomain(line);
            return;
        }
        // A person who copies a dump often leaves out the first "(XEN)". So if only the first line lacks it, that line counts as from Xen.
        if (_first is { IsFromXen: false } begin && line.IsFromXen && !_hasFollowers)
            _first = begin with { IsFromXen = true, Prefix = line.Prefix };
        var isSame = IsSameSource(line);
        var isAnotherDump = parsed is { Kind: DomainStateLineKind.Announcement } && (line.IsFromXen || _first is { IsFromXen: false });
        if (!isSame && !isAnotherDump)
        {
            AddUnread(line);
            return;
        }
        if (isAnotherDump || parsed is not null && _lines.BeginsAnotherDump(parsed)) Finish();
        if (_first is null)
        {
            if (parsed is not { Kind: DomainStateLineKind.Announcement or DomainStateLineKind.Heading }) return;
            _first = line;
            _hasFollowers = false;
            _channelDumps = channelDumps;
        }
        else _hasFollowers = true;
        if (parsed is null) AddUnread(line);
        else _lines.Read(parsed);
    }

    /// <summary>
    /// Ends the last domain of the dump, because <paramref name="line"/> is printed after the last domain or belongs to another dump.
    /// </summary>
    public void EndDomain(ConsoleLine line)
    {
        if (_first is not null && IsSameSource(line)) _lines.Read(new DomainStateLine(DomainStateLineKind.End));
    }

    /// <summary>Records that a line of the current dump cannot be read.</summary>
    public void AddUnread(ConsoleLine line) => Lose(line.Number);

    /// <summary>Records that a line of the current dump cannot be read, or is missing. Its number is kept for the remark.</summary>
    /// <param name="number">The number of the line in the text.</param>
    public void Lose(int number)
    {
        _lines.ReadBroken();
        if (_first is null) return;
        _unreadCount++;
        if (_unread.Count < ConsoleLogReader.MaximumUnreadLines) _unread.Add(number);
    }

    /// <summary>Ends the dump, because Xen has started.</summary>
    public void Restart()
    {
        Finish();
        _run++;
    }

    /// <summary>Ends the dump.</summary>
    public void Finish()
    {
        _lines.End();
        if (_lines.Domains.Count > 0 && _first is { } first)
        {
            var states = new HypervisorDomainStates(first.XenTime ?? first.LoggerTime?.Time, _lines.Domains) { Remark = RemarkOf(first) };
            Add(new DomainStateDump(++Count, _channelDumps, _run, states));
        }
        _lines = new DomainStateLines();
        _first = null;
        _unread.Clear();
        _unreadCount = 0;
    }

    // Adds a finished dump. A text can contain any number of dumps. If they need too much memory, the oldest dumps are removed, except the
    // dump with the number that the user requested.
    private void Add(DomainStateDump dump)
    {
        _finished.Add(dump);
        _size += SizeOf(dump);
        while (_finished.Count > ConsoleLogReader.MaximumDumps || _size > ConsoleLogReader.MaximumVcpus && _finished.Count > 1)
        {
            var at = _finished[0].Number == _requested ? 1 : 0;
            _size -= SizeOf(_finished[at]);
            _finished.RemoveAt(at);
        }
    }

    private static int SizeOf(DomainStateDump dump) => dump.States.Domains.Values.Sum(domain => domain.Vcpus.Count + 1);

    private string? RemarkOf(ConsoleLine first)
    {
        var remarks = new List<string>();
        var numbers = string.Join(", ", _unread);
        if (_unreadCount == 1) remarks.Add($"Line {numbers} of debug key 'q' could not be read.");
        else if (_unreadCount > _unread.Count)
            remarks.Add($"Lines {numbers} and {_unreadCount - _unread.Count} more of debug key 'q' could not be read.");
        else if (_unreadCount > 1) remarks.Add($"Lines {numbers} of debug key 'q' could not be read.");
        if (!first.IsFromXen)
            remarks.Add("The lines of debug key 'q' do not begin with (XEN), so text of a guest cannot be distinguished from Xen's.");
        if (first is { XenTime: null, LoggerTime: { HasZone: false } })
            remarks.Add("The time of debug key 'q' is that of a logger without a time zone; it is shown as UTC.");
        return remarks.Count > 0 ? string.Join(' ', remarks) : null;
    }

    // Determines whether a line is from the same source as the dump. Before the first line of a dump, every source is accepted.
    private bool IsSameSource(ConsoleLine line) =>
        _first is not { } first || first.IsFromXen == line.IsFromXen && first.Prefix == line.Prefix;
}
