using System.Management.Automation;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.Session;

namespace XenShared.PowerShell.Commands;

/// <summary>Lists the targets of the session.</summary>
[Cmdlet(VerbsCommon.Get, "XenTarget")]
[OutputType(typeof(XenTarget))]
public sealed class GetXenTargetCommand : XenCmdletBase
{
    /// <summary>Gets the numbers of the targets; by default, all.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TargetCompleter))]
    public int[] Id { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var connected = SessionTargets.Current.Connected;
        if (Id.Length == 0) WriteObject(connected.ToArray(), enumerateCollection: true);
        foreach (var id in Id)
        {
            if (connected.FirstOrDefault(target => target.Id == id) is { } target)
                WriteObject(target);
            else
                WriteError(
                    ErrorRecords.FromUse(
                        "TargetNotFound",
                        ErrorCategory.ObjectNotFound,
                        $"This session is not connected to a target {id}.",
                        "Omit -Id to list all targets.",
                        id));
        }
    }
}
