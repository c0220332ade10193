using XenShared.Queries;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>Gathers the domains that the objects of a pipeline select, for one query at the end of the input.</summary>
internal sealed class GatheredDomains
{
    private readonly SortedSet<ushort> _numbers = [];
    private readonly Dictionary<ushort, Guid> _uuids = [];
    private readonly Dictionary<string, NamePattern> _names = new(StringComparer.OrdinalIgnoreCase);
    private DomainSelection? _all;
    private bool _hasPipedNames;

    /// <summary>Adds the domains that a pipeline object selects: all domains if the selection has neither numbers nor names.</summary>
    public void Add(DomainSelection selection)
    {
        if (selection.DomIds.Count == 0 && selection.Names.Count == 0) _all = selection;
        // If a selection has numbers (DomIds), its names come from -Name and restrict these numbers. If it has no numbers, each of its
        // names selects domains by itself, in addition to those of the other selections.
        if (selection.DomIds.Count == 0) _hasPipedNames = true;
        _numbers.UnionWith(selection.DomIds);
        foreach (var (domId, uuid) in selection.Uuids) _uuids[domId] = uuid;
        foreach (var name in selection.Names) _names.TryAdd(name.Text, name);
    }

    /// <summary>Returns the selection of all added domains; null if none was added.</summary>
    public DomainSelection? ToSelection() =>
        _all ?? (_numbers.Count + _names.Count == 0 ? null
            : new DomainSelection { DomIds = [.. _numbers], Names = [.. _names.Values], Uuids = _uuids, MatchesEither = _hasPipedNames });
}
