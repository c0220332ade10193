using System.Text.RegularExpressions;

namespace XenShared.Files.DebugKeys;

/// <summary>
/// Collects the output of <c>xenstore-ls</c>. With option <c>-f</c>, each line has its whole path. Without it, the output is a tree, whose
/// root is taken from the command line, or from nodes that only one directory has.
/// </summary>
internal sealed partial class StoreListing
{
    /// <summary>The maximum number of nodes: a host with a thousand guests has fewer.</summary>
    public const int MaximumNodes = 1 << 18;

    // The maximum number of lines from the command to the first line of its output.
    private const int FarthestCommand = 3;

    // A value that is longer is not used by anything, except an error message, which is shortened to this length.
    private const int LongestValue = 512;

    private const string DomainNumber = "domid";

    private readonly StoreNodes _nodes = new();
    private readonly UnreadLines _unread = new("xenstore-ls");
    private readonly UnreadLines _unknownRoots = new("xenstore-ls");
    private readonly List<(string Path, string? Value)> _tree = [];
    private readonly List<string?> _parents = [];
    private readonly List<int> _treeUnread = [];
    private string? _home;
    private string? _commandRoot;
    private string? _root;
    private LinePrefix? _prefix;
    private int _commandNumber = int.MinValue;
    private int _treeNumber;
    private bool _hasDepth;
    private bool _isBroken;
    private bool _isReplaced;

    /// <summary>Gets a value indicating whether the next line can belong to a tree.</summary>
    public bool CanContinue => _tree.Count > 0;

    /// <summary>Gets the number of nodes that have been read, which limits the memory that they need.</summary>
    public int NodeCount => _nodes.Count + _tree.Count + _treeUnread.Count;

    /// <summary>Gets the nodes.</summary>
    public StoreNodes Nodes => _nodes;

    /// <summary>Gets remarks, such as the numbers of lines that could not be read.</summary>
    public IEnumerable<string> Remarks
    {
        get
        {
            if (_isReplaced) yield return "Of several outputs of xenstore-ls for one domain, the last one is shown.";
            if (_unread.Remark is { } lines) yield return lines;
            if (_unknownRoots.Remark is { } roots)
                yield return $"{roots.TrimEnd('.')}, because its directory or its indentation is not known: use xenstore-ls -f, or "
                    + "copy its command line too.";
        }
    }

    /// <summary>Adds a line.</summary>
    /// <param name="line">The line.</param>
    /// <returns>True if the line belongs to the output.</returns>
    public bool Read(ConsoleLine line)
    {
        if (Command().Match(line.Raw) is { Success: true } command && Prompt().IsMatch(command.Groups["start"].Value))
        {
            Finish();
            (_commandRoot, _commandNumber) = (command.Groups["path"] is { Success: true } path ? path.Value : "/", line.Number);
            return true;
        }
        return ReadTree(line) || ReadWhole(line);
    }

    private bool ReadWhole(ConsoleLine line)
    {
        var start = WholePath().Match(line.Raw);
        if (!start.Success || LinePrefix.From(start.Groups["prefix"].Value) is null) return false;
        var text = line.Raw.AsSpan(start.Groups["prefix"].Length);
        if (StoreLine.Parse(text) is { } node)
        {
            AddWhole(node, line.Number);
            return true;
        }
        // A terminal or a mail program can have broken the line in its path.
        if (!StoreLine.IsStart(text)) return false;
        _unread.Add(line.Number);
        return true;
    }

    private bool ReadTree(ConsoleLine line)
    {
        if (_tree.Count > 0)
        {
            if (ContinueTree(line)) return true;
            Finish();
        }
        if (FirstOfTree().Match(line.Raw) is not { Success: true } first
            || LinePrefix.From(first.Groups["prefix"].Value) is not { } prefix
            || StoreLine.Parse(line.Raw.AsSpan(first.Groups["prefix"].Length)) is not { IsWhole: false } root)
            return false;
        _prefix = prefix;
        _root = line.Number - _commandNumber <= FarthestCommand ? _commandRoot : null;
        _treeNumber = line.Number;
        _hasDepth = false;
        AddToTree(root, line.Number);
        return true;
    }

    private bool ContinueTree(ConsoleLine line)
    {
        var wasBroken = _isBroken;
        _isBroken = false;
        var rest = _prefix!.Strip(line.Raw);
        if (rest is not null && StoreLine.Parse(rest) is { } node)
        {
            // A line with a whole path is not one of a tree.
            if (node.IsWhole) return false;
            AddToTree(node, line.Number);
            return true;
        }
        // The line before is counted as unread, and this line can be the rest of it.
        if (wasBroken && (rest is null || StoreLine.Parse(rest) is null)) return true;
        // The line looks like one of the tree, but its indentation is not known, for example because an editor wrote a tab.
        if (StoreLine.Parse(line.Raw.AsSpan().TrimStart()) is { IsWhole: false })
        {
            Lose(0, line.Number);
            return true;
        }
        if (rest is null || !StoreLine.IsStart(rest)) return false;
        Lose(rest.Length - rest.TrimStart(' ').Length, line.Number);
        return true;
    }

    // Takes into account a node whose name is not known, and so neither the paths of the nodes below it.
    private void Lose(int depth, int number)
    {
        _treeUnread.Add(number);
        _isBroken = true;
        if (depth > _parents.Count) return;
        _parents.RemoveRange(depth, _parents.Count - depth);
        _parents.Add(null);
    }

    /// <summary>Ends the present tree.</summary>
    public void Finish()
    {
        if (_tree.Count == 0) return;
        var found = _root ?? FindRoot();
        if (found is { } root) AddTree(root.TrimEnd('/'));
        // A text with "name = value" lines, such as the configuration of a guest, is no tree.
        else if (_hasDepth) _unknownRoots.Add(_treeNumber);
        if (found is not null || _hasDepth) _treeUnread.ForEach(_unread.Add);
        _tree.Clear();
        _treeUnread.Clear();
        _parents.Clear();
        _isBroken = false;
    }

    private void AddWhole(StoreLine node, int number)
    {
        if (StoreNodes.HomeOf(node.Path) is not { } home) return;
        if (node.IsBroken)
        {
            _unread.Add(number);
            return;
        }
        // The nodes of a domain are together. If the domain has nodes from before other domains, they are from another output.
        if (home != _home && _nodes.HasHome(home) || _nodes.Read(node.Path) is not null && home == _home) Replace(home);
        _home = home;
        _nodes.Add(home, node.Path, Bound(node.Value));
    }

    private void AddToTree(StoreLine node, int number)
    {
        var depth = node.Indentation;
        // Lines are missing before this one, so its directory is not known.
        if (depth > _parents.Count || depth > 0 && _parents[depth - 1] is null)
        {
            Lose(depth, number);
            _isBroken = node.IsBroken;
            return;
        }
        if (node.IsBroken) _treeUnread.Add(number);
        _isBroken = node.IsBroken;
        var path = depth == 0 ? node.Path : $"{_parents[depth - 1]}/{node.Path}";
        _parents.RemoveRange(depth, _parents.Count - depth);
        _parents.Add(path);
        _hasDepth |= depth > 0;
        _tree.Add((path, node.IsBroken ? null : Bound(node.Value)));
    }

    // Returns the directory that a tree without a command line lists. The root has the directories "local" and "libxl". The directory of a
    // domain has its number, which the guest cannot write, and "/local/domain" has a directory of this number.
    private string? FindRoot()
    {
        foreach (var (path, value) in _tree)
        {
            if (path is "local/domain" or "libxl" or "tool") return "/";
            if (path == DomainNumber && value is not null) return $"/local/domain/{value}";
            if (path.Split('/') is [var number, DomainNumber] && value == number) return "/local/domain";
        }
        return null;
    }

    private void AddTree(string root)
    {
        // A tree has each path once. If one occurs again, the indentation was lost, so the paths are not known.
        if (_tree.DistinctBy(node => node.Path).Count() < _tree.Count)
        {
            _unknownRoots.Add(_treeNumber);
            return;
        }
        var replaced = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (relative, value) in _tree)
        {
            var path = $"{root}/{relative}";
            if (StoreNodes.HomeOf(path) is not { } home) continue;
            if (replaced.Add(home) && _nodes.HasHome(home)) Replace(home);
            _nodes.Add(home, path, value);
        }
    }

    private void Replace(string home)
    {
        _isReplaced = true;
        _nodes.Remove(home);
    }

    private static string? Bound(string? value) => value?.Length > LongestValue ? value[..LongestValue] : value;

    // Matches the first line of a tree.
    [GeneratedRegex(
        "^(?<prefix>[^\"`*]{0,200}?)(?<![^ >|])[A-Za-z0-9@_-]{1,64} = \"",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex FirstOfTree();

    // Matches a line with a whole path.
    [GeneratedRegex("^(?<prefix>[^\"`*]{0,200}?)/(local/domain|libxl)/[0-9]", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex WholePath();

    // Matches the command line, which names the directory to list.
    [GeneratedRegex(
        @"^(?<start>.{0,200}?)xenstore([- ])ls( -[a-z]{1,4}){0,4}( (?<path>/[A-Za-z0-9@_/-]{0,200}))?( ?[|>].{0,200})?[ \t]*$",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Command();

    // Matches the text before the command: nothing, or a prompt, which ends with '#', '$', '>' or '%'.
    [GeneratedRegex(@"^(.{0,200}[#$>%] ?)?(sudo )?([^ ]{1,100}/)?\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex Prompt();
}
