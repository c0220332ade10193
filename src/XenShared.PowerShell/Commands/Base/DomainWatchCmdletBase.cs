using System.ComponentModel;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>A cmdlet that takes a while, and therefore asks once, when all domains have come down the pipeline.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class DomainWatchCmdletBase : DomainQueryCmdletBase
{
    // Of each target the domains that were asked for; none for all of them.
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

    /// <summary>Takes note of domains to ask for; none for all of a target.</summary>
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
