using System.ComponentModel;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>
/// Represents a cmdlet whose query takes seconds. So the cmdlet gathers the domains of all pipeline objects, and runs one query for each
/// target at the end of the input.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class DomainWatchCmdletBase : DomainQueryCmdletBase
{
    // For each target, the domains that the pipeline objects select.
    private readonly Dictionary<TargetSession, GatheredDomains> _gathered = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RequireOneSource();
        if (TakePipedTargets()) return;
        foreach (var (session, selection) in SelectByTarget())
        {
            if (!_gathered.TryGetValue(session, out var domains)) _gathered[session] = domains = new GatheredDomains();
            domains.Add(selection);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (HasPipedTargets) base.EndProcessing();
        else RunQueries([.. _gathered.Keys], session => _gathered[session].ToSelection()!);
    }
}
