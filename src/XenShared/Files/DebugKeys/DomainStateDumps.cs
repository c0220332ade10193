namespace XenShared.Files.DebugKeys;

/// <summary>
/// Collects the dumps of debug key <c>q</c> in a log, and selects the one that belongs to a dump of event channels. All lines of a dump
/// must be from the same source.
/// </summary>
internal sealed class DomainStateDumps
{
    private readonly SortedDictionary<int, HypervisorDomainStates> _finished = [];
    private readonly List<int> _unread = [];
    private DomainStateLines _lines = new();
    private ConsoleLine? _first;
    private bool _hasFollowers;
    private int _channelDumps;
    private int _unreadCount;
    private int _dumps;

    /// <summary>Gets the number of vCPUs of the present dump.</summary>
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
        // Somebody who copies a dump often leaves out the first "(XEN)".
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

    /// <summary>Ends the last domain of the dump, because another dump or the end of this one follows.</summary>
    public void EndDomain(ConsoleLine line)
    {
        if (_first is not null && IsSameSource(line)) _lines.Read(new DomainStateLine(DomainStateLineKind.End));
    }

    /// <summary>Adds a line that cannot be read.</summary>
    public void AddUnread(ConsoleLine line) => Lose(line.Number);

    /// <summary>Adds a line that cannot be read.</summary>
    /// <param name="number">The number of the line in the text.</param>
    public void Lose(int number)
    {
        _lines.ReadBroken();
        if (_first is null) return;
        _unreadCount++;
        if (_unread.Count < ConsoleLogReader.MaximumUnreadLines) _unread.Add(number);
    }

    /// <summary>Ends the dump.</summary>
    public void Finish()
    {
        _lines.End();
        if (_lines.Domains.Count > 0 && _first is { } first)
        {
            _dumps++;
            _finished[_channelDumps] = new HypervisorDomainStates(first.XenTime ?? first.LoggerTime?.Time, _lines.Domains)
            {
                Remark = RemarkOf(first),
            };
            // Only the length of the text limits the number of dumps, so the first ones are removed.
            while (_finished.Count > 1 && _finished.Values.Sum(dump => (long)SizeOf(dump)) > ConsoleLogReader.MaximumVcpus)
                _finished.Remove(_finished.Keys.First());
        }
        _lines = new DomainStateLines();
        _first = null;
        _unread.Clear();
        _unreadCount = 0;
    }

    /// <summary>Ends the last dump, and returns the one for a dump of event channels.</summary>
    /// <param name="channelDump">The number of the dump of event channels; 0 if there is none.</param>
    /// <returns>The last dump after its beginning, else the last one before it, else the last one of all; null if there is none.</returns>
    public HypervisorDomainStates? Finish(int channelDump)
    {
        Finish();
        if (_finished.Count == 0) return null;
        var states = _finished.GetValueOrDefault(channelDump)
            ?? _finished.GetValueOrDefault(channelDump - 1)
            ?? _finished.Values.Last();
        string?[] remarks = [_dumps > 1 ? $"There are {_dumps} dumps of debug key 'q'; one is shown." : null, states.Remark];
        var remark = string.Join(' ', remarks.Where(text => text is not null));
        return states with { Remark = remark.Length > 0 ? remark : null };
    }

    private static int SizeOf(HypervisorDomainStates dump) => dump.Domains.Values.Sum(domain => domain.Vcpus.Count + 1);

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

    // Without a first line, every source is possible.
    private bool IsSameSource(ConsoleLine line) =>
        _first is not { } first || first.IsFromXen == line.IsFromXen && first.Prefix == line.Prefix;
}
