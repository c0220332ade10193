using System.Globalization;

namespace XenShared.Files.DebugKeys;

/// <summary>Holds the nodes of the output of <c>xenstore-ls</c> below the directories of domains.</summary>
public sealed class StoreNodes
{
    // The highest domain number that a domain can have.
    private const int LastDomId = 0x7fef;

    private const string Homes = "/local/domain/";
    private const string Toolstack = "/libxl/";

    private readonly Dictionary<string, string?> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _children = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _homes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _listed = new(StringComparer.Ordinal);

    /// <summary>Gets the number of nodes.</summary>
    public int Count => _values.Count;

    /// <summary>Gets the domains that have nodes below <c>/local/domain</c>.</summary>
    public IEnumerable<ushort> DomIds =>
        _homes.Keys
            .Where(home => home.StartsWith(Homes, StringComparison.Ordinal))
            .Select(home => ushort.Parse(home.AsSpan(Homes.Length), CultureInfo.InvariantCulture));

    /// <summary>Determines whether a domain has nodes.</summary>
    public bool Contains(ushort domId) => _homes.ContainsKey(string.Create(CultureInfo.InvariantCulture, $"{Homes}{domId}"));

    /// <summary>Returns the value of a node; null if it is not in the output.</summary>
    public string? Read(string path) => _values.GetValueOrDefault(path);

    /// <summary>Returns the names of the children of a node; empty if there are none.</summary>
    public IReadOnlyList<string> List(string path) => _children.GetValueOrDefault(path) ?? [];

    /// <summary>
    /// Returns the directory of the domain to which a path belongs, such as <c>/local/domain/5</c>; null if it belongs to none.
    /// </summary>
    internal static string? HomeOf(string path)
    {
        var start = path.StartsWith(Homes, StringComparison.Ordinal) ? Homes.Length
            : path.StartsWith(Toolstack, StringComparison.Ordinal) ? Toolstack.Length
            : 0;
        if (start == 0) return null;
        var end = path.IndexOf('/', start);
        if (end < 0) end = path.Length;
        var number = path.AsSpan(start, end - start);
        // A number with a leading zero is another name.
        return int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var domId)
            && domId <= LastDomId
            && (number.Length == 1 || number[0] != '0')
            ? path[..end]
            : null;
    }

    /// <summary>Determines whether the directory of a domain has nodes.</summary>
    internal bool HasHome(string home) => _homes.ContainsKey(home);

    /// <summary>Adds a node.</summary>
    /// <param name="home">The directory of its domain.</param>
    /// <param name="path">Its path.</param>
    /// <param name="value">Its value; null if it is not known.</param>
    /// <returns>False if the node is there already.</returns>
    internal bool Add(string home, string path, string? value)
    {
        if (!_values.TryAdd(path, value)) return false;
        if (!_homes.TryGetValue(home, out var paths)) _homes.Add(home, paths = []);
        paths.Add(path);
        // Each directory of the path exists, even if the output does not begin with it. So each is a child of its parent.
        while (path.Length > home.Length && _listed.Add(path))
        {
            var end = path.LastIndexOf('/');
            var parent = path[..end];
            if (!_children.TryGetValue(parent, out var children)) _children.Add(parent, children = []);
            children.Add(path[(end + 1)..]);
            path = parent;
        }
        return true;
    }

    /// <summary>Removes all nodes of a directory of a domain.</summary>
    internal void Remove(string home)
    {
        if (!_homes.Remove(home, out var paths)) return;
        foreach (var path in paths)
        {
            _values.Remove(path);
            for (var part = path; part.Length >= home.Length; part = part[..part.LastIndexOf('/')])
            {
                _children.Remove(part);
                _listed.Remove(part);
            }
        }
    }
}
