using System.ComponentModel;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>Represents a cmdlet that takes time, and therefore runs one query at the end of the pipeline input.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class DomainWatchCmdletBase : DomainQueryCmdletBase
{
    // The requested domains of each target; an empty list means all.
    private readonly Dictionary<TargetSession, SortedSet<ushort>> _gathered = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!TakePipedTargets() && GetDomIds() is { } numbers) Gather(GetSessions(), numbers);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (HasPipedTargets) base.EndProcessing();
        else RunQueries([.. _gathered.Keys], session => [.. _gathered[session]]);
    }

    /// <summary>Adds the requested domains; an empty list means all domains of a target.</summary>
    private protected void Gather(IEnumerable<TargetSession> targets, IReadOnlyCollection<ushort> numbers)
    {
        foreach (var target in targets)
        {
            var isNew = !_gathered.TryGetValue(target, out var known);
            if (isNew || numbers.Count == 0) _gathered[target] = known = [.. numbers];
            else if (known!.Count > 0) known.UnionWith(numbers);
        }
    }
}
