using System.Management.Automation;
using XenShared.Poking;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.Parameters;

namespace XenShared.PowerShell.Commands;

/// <summary>Sets or clears the mask and pending bits of ports, and notifies the vCPU if necessary.</summary>
[Cmdlet(
    VerbsCommon.Set,
    "XenEventChannel",
    DefaultParameterSetName = DomIdSet,
    SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(XenPoke))]
public sealed class SetXenEventChannelCommand : DomainPokeCmdletBase
{
    /// <summary>Gets the guest's ports.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [NumberTransformation]
    [ArgumentCompleter(typeof(PortCompleter))]
    public uint[] Port { get; set; } = [];

    /// <summary>Gets the new value of the mask bit.</summary>
    [Parameter]
    public bool Masked { get; set; }

    /// <summary>Gets the new value of the pending bit.</summary>
    [Parameter]
    public bool Pending { get; set; }

    /// <summary>
    /// Gets a value that overrides guards (the checks that refuse dangerous writes), except those that prevent a write outside the field.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Gets a value that writes the pokes to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool WritesPokes => PassThru;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (MyInvocation.BoundParameters.ContainsKey(nameof(Masked)) || MyInvocation.BoundParameters.ContainsKey(nameof(Pending))) return;
        ThrowTerminatingError(ErrorRecords.FromUse("NothingToSet", ErrorCategory.InvalidArgument,
            "There is nothing to set.", "Give -Masked or -Pending.", null));
    }

    /// <inheritdoc/>
    private protected override IEnumerable<PokeRequest> CreateRequests() => Port.Select(port => new SetPortRequest
    {
        DomId = DomId,
        Port = port,
        Masked = MyInvocation.BoundParameters.ContainsKey(nameof(Masked)) ? Masked : null,
        Pending = MyInvocation.BoundParameters.ContainsKey(nameof(Pending)) ? Pending : null,
        Force = Force,
    });
}
