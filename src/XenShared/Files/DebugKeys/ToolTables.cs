using System.Text.RegularExpressions;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Collects the tables of <c>xl list</c> and <c>xl vcpu-list</c>. The names in them come from the toolstack. A name with a line end looks
/// like two lines, so a table ends at the first line that is not one of its own, and what looks like its lines after that is not used.
/// </summary>
internal sealed partial class ToolTables
{
    // After the end of a table, so many further lines are checked for lines of the table that cannot be used.
    private const int LinesAfterEnd = 64;

    private readonly SortedDictionary<ushort, ListedDomain> _domains = [];
    private readonly SortedDictionary<ushort, List<ListedVcpu>> _vcpus = [];
    private readonly HashSet<ushort> _inTable = [];
    private readonly UnreadLines _unreadDomains = new("xl list");
    private readonly UnreadLines _unreadVcpus = new("xl vcpu-list");
    private Table _table;
    private LinePrefix? _prefix;
    private string _columns = "";
    private int _last;
    private int _linesLeft;
    private bool _hasMarks;
    private bool _isEnded;
    private bool _isReplaced;

    private enum Table
    {
        None,
        Domains,
        Vcpus,
    }

    /// <summary>Gets a value indicating whether the next line can belong to a table.</summary>
    public bool CanContinue => _table != Table.None;

    /// <summary>Gets the number of vCPUs that have been read, which limits the memory that they need.</summary>
    public int VcpuCount { get; private set; }

    /// <summary>Gets the domains of <c>xl list</c>.</summary>
    public IReadOnlyDictionary<ushort, ListedDomain> Domains => _domains;

    /// <summary>Gets the vCPUs of <c>xl vcpu-list</c> by their domains, lowest number first.</summary>
    public IReadOnlyDictionary<ushort, List<ListedVcpu>> Vcpus => _vcpus;

    /// <summary>Gets the names of the domains in <c>xl vcpu-list</c>.</summary>
    public IReadOnlyDictionary<ushort, string> Names =>
        _vcpus.Where(pair => pair.Value is [{ Name: not null }, ..]).ToDictionary(pair => pair.Key, pair => pair.Value[0].Name!);

    /// <summary>Gets remarks, such as the numbers of lines that could not be read.</summary>
    public IEnumerable<string> Remarks
    {
        get
        {
            if (_isReplaced) yield return "Of several outputs of xl for one domain, the last one is shown.";
            if (_unreadDomains.Remark is { } domains) yield return domains;
            if (_unreadVcpus.Remark is { } vcpus) yield return vcpus;
        }
    }

    /// <summary>Adds a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="isCutOff">Whether the line has no line end, so that its end can be missing.</param>
    /// <returns>True if the line belongs to a table.</returns>
    public bool Read(ConsoleLine line, bool isCutOff = false)
    {
        if (Heading().Match(line.Raw) is { Success: true } heading && LinePrefix.From(heading.Groups["prefix"].Value) is { } prefix)
        {
            Begin(heading, prefix);
            return true;
        }
        if (_table == Table.None) return false;
        if (_prefix!.Strip(line.Raw) is not { } whole)
        {
            Leave();
            return false;
        }
        var text = _hasMarks ? TrailingMarks().Replace(whole, "") : whole;
        var isRow = _table == Table.Domains
            ? DomainListLine.Parse(text, _columns) is { } domain ? Add(domain) : DomainListLine.IsBroken(text) ? false : (bool?)null
            : VcpuListLine.Parse(text, HasSoftAffinity, isCutOff) is { } vcpu ? Add(vcpu) : VcpuListLine.IsBroken(text) ? false : null;
        if (isRow is null)
        {
            Leave();
            return false;
        }
        // Further lines of the table can follow, even if it has ended.
        _linesLeft = LinesAfterEnd;
        if (isRow == false) (_table == Table.Domains ? _unreadDomains : _unreadVcpus).Add(line.Number);
        return true;
    }

    /// <summary>Ends the present table, because a line of Xen or of a guest follows.</summary>
    public void Interrupt() => _isEnded = true;

    private bool HasSoftAffinity => _columns.Contains('/', StringComparison.Ordinal);

    private void Begin(Match heading, LinePrefix prefix)
    {
        _table = heading.Groups["vcpu"].Success ? Table.Vcpus : Table.Domains;
        _prefix = prefix;
        _hasMarks = heading.Groups["marks"].Success;
        _columns = heading.Groups["columns"].Value;
        _last = -1;
        _isEnded = false;
        _linesLeft = LinesAfterEnd;
        _inTable.Clear();
    }

    private void Leave()
    {
        _isEnded = true;
        if (--_linesLeft == 0) _table = Table.None;
    }

    // Xen lists domains in ascending order, so a number that is not higher than the last one cannot be from the same output.
    private bool Add(ListedDomain domain)
    {
        if (_isEnded || domain.DomId <= _last) return false;
        _last = domain.DomId;
        _isReplaced |= !_domains.TryAdd(domain.DomId, domain);
        _domains[domain.DomId] = domain;
        return true;
    }

    // xl lists the domains in the order of its command line, and the vCPUs of each in ascending order without gaps.
    private bool Add(ListedVcpu vcpu)
    {
        if (_isEnded) return false;
        if (vcpu.DomId != _last)
        {
            if (!_inTable.Add(vcpu.DomId)) return false;
            _isReplaced |= _vcpus.ContainsKey(vcpu.DomId);
            _vcpus[vcpu.DomId] = [];
            _last = vcpu.DomId;
        }
        var vcpus = _vcpus[vcpu.DomId];
        if (vcpus.Count > 0 && vcpu.Vcpu <= vcpus[^1].Vcpu) return false;
        vcpus.Add(vcpu);
        VcpuCount++;
        return true;
    }

    [GeneratedRegex(
        @"^(?<prefix>.{0,200}?)Name[ \t]+ID[ \t]+(Mem(\(MiB\))?[ \t]+VCPUs|(?<vcpu>VCPU)[ \t]+CPU)[ \t]+State[ \t]+Time\(s\)"
            + @"(?<columns>[ \t][^""`*]{0,200})?(?<marks>[""`*]{1,2}[,;]?)?[ \t]*$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Heading();

    // Matches marks that CSV, JSON or Markdown have at the end of a line.
    [GeneratedRegex("[\"`*]{1,2}[,;]?[ \t]*$")]
    private static partial Regex TrailingMarks();
}
