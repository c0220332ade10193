using System.Management.Automation;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.Session;

namespace XenShared.PowerShell.Commands;

/// <summary>Disconnects targets. The targets that were connected before become the default again.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "XenTarget", DefaultParameterSetName = TargetSet)]
[OutputType(typeof(XenTarget))]
public sealed class DisconnectXenTargetCommand : XenCmdletBase
{
    private const string TargetSet = "Target";
    private const string IdSet = "Id";

    /// <summary>Gets the targets to disconnect; by default, those of the session.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ParameterSetName = TargetSet)]
    [ArgumentCompleter(typeof(TargetCompleter))]
    public XenTarget[]? Target { get; set; }

    /// <summary>Gets the numbers of the targets to disconnect.</summary>
    [Parameter(Mandatory = true, ParameterSetName = IdSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TargetCompleter))]
    public int[] Id { get; set; } = [];

    /// <summary>Gets a value that writes the disconnected targets to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var session = SessionTargets.Current;
        if (ParameterSetName == IdSet)
        {
            foreach (var id in Id) Disconnect(session, session.Connected.FirstOrDefault(target => target.Id == id), id);
        }
        else if (Target is not null)
        {
            foreach (var target in Target) Disconnect(session, target, target?.Id);
        }
        else if (!MyInvocation.ExpectingInput && !MyInvocation.BoundParameters.ContainsKey(nameof(Target)))
        {
            foreach (var current in session.Defaults) Disconnect(session, current, current.Id);
        }
    }

    private void Disconnect(SessionTargets session, XenTarget? target, int? id)
    {
        if (target is not null && session.Remove(target))
        {
            if (PassThru) WriteObject(target);
            return;
        }
        WriteError(
            ErrorRecords.FromUse(
                "TargetNotFound",
                ErrorCategory.ObjectNotFound,
                $"This session is not connected to a target {id}.",
                "Get-XenTarget lists the connected targets.",
                id));
    }
}
