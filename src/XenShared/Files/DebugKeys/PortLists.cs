using XenShared.Files.Images;
using XenShared.Hypervisor;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Collects the output of <c>lsevtchn</c>, which prints the ports of one domain in ascending order. The output does not contain the number
/// of the domain, so the number is taken from the line with the command, if the text has this line.
/// </summary>
internal sealed class PortLists
{
    // The maximum number of lines from the command to the first port of its output. A copy of a web page can have blank lines between them.
    private const int FarthestCommand = 3;

    private readonly Dictionary<ushort, PortTable> _finished = [];
    private readonly UnreadLines _unread = new("lsevtchn");
    private List<EventChannelStatus> _ports = [];
    private ushort? _domId;
    private int _commandNumber;
    private string? _prefix;
    private ConsoleLine? _last;
    private bool _isReplaced;

    /// <summary>Gets the number of ports that have been read, which limits the memory that they need.</summary>
    public int PortCount { get; private set; }

    /// <summary>Gets a value indicating whether the next line can be the rest of the last one.</summary>
    public bool CanContinue => _last is not null;

    /// <summary>Gets the ports by domain.</summary>
    public IReadOnlyDictionary<ushort, PortTable> Finished => _finished;

    /// <summary>Gets a remark, such as the numbers of lines that could not be read; null if there is none.</summary>
    public string? Remark
    {
        get
        {
            var remarks = new List<string>();
            if (_isReplaced) remarks.Add("Of several outputs of lsevtchn for one domain, the last one is shown.");
            if (_finished.ContainsKey(GuestImage.NoDomId))
                remarks.Add(
                    "The command line of lsevtchn is missing, so the domain is not known; its number is shown as "
                        + $"{GuestImage.NoDomId}.");
            if (_unread.Remark is { } unread) remarks.Add(unread);
            return remarks.Count > 0 ? string.Join(' ', remarks) : null;
        }
    }

    /// <summary>Adds a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="parsed">Its values.</param>
    public void Add(ConsoleLine line, PortListLine parsed)
    {
        _last = null;
        if (parsed.IsCommand)
        {
            Finish();
            (_domId, _commandNumber) = (parsed.DomId, line.Number);
        }
        else if (parsed.Port is not { } port) AddUnread(line);
        else
        {
            // lsevtchn prints ports in ascending order, so a port that is not higher than the last one begins another output. A line with
            // another prefix is from another file. Both end the present output.
            var isAscending = _ports.Count == 0 || port.Port > _ports[^1].Port;
            if (_prefix is not null && !(isAscending && line.Prefix == _prefix)) Finish();
            if (_prefix is null && line.Number - _commandNumber > FarthestCommand) _domId = null;
            _prefix = line.Prefix;
            _ports.Add(port);
            PortCount++;
            _last = line;
        }
    }

    /// <summary>
    /// Takes into account a line that is not from lsevtchn. If it is a number, a terminal may have broken the last number of the line
    /// before it, so that line is damaged.
    /// </summary>
    public void AddOther(ConsoleLine line)
    {
        if (_last is { } last && line.Text.Length > 0 && line.Text.All(char.IsAsciiDigit))
        {
            _ports.RemoveAt(_ports.Count - 1);
            AddUnread(last);
        }
        _last = null;
    }

    /// <summary>Adds a line without a line end. Digits of a number can be missing in it.</summary>
    public void AddCutOff(ConsoleLine line, PortListLine parsed)
    {
        if (parsed.IsCommand) return;
        if (parsed.Port is not { State: ChannelState.Ipi }) AddUnread(line);
        else Add(line, parsed);
    }

    /// <summary>Adds a line that cannot be read.</summary>
    public void AddUnread(ConsoleLine line)
    {
        _last = null;
        _unread.Add(line.Number);
    }

    /// <summary>Ends the present output.</summary>
    public void Finish()
    {
        if (_ports.Count > 0)
        {
            var domId = _domId ?? GuestImage.NoDomId;
            _isReplaced |= _finished.ContainsKey(domId);
            // Ports above the last one can be missing: from Xen 4.15 until a fix in 4.17.5 and 4.18.3, lsevtchn ends at the first port that
            // Xen itself consumes. So the table is marked as InUse, not as complete.
            _finished[domId] = new PortTable(_ports[^1].Port + 1, _ports) { Listing = PortTableCompleteness.InUse };
        }
        _ports = [];
        _domId = null;
        _prefix = null;
    }
}
