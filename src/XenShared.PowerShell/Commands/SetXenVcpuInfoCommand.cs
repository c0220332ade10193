using System.Management.Automation;
using XenShared.Poking;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.Parameters;

namespace XenShared.PowerShell.Commands;

/// <summary>Sets the event bits of a vCPU's vcpu_info.</summary>
[Cmdlet(
    VerbsCommon.Set,
    "XenVcpuInfo",
    DefaultParameterSetName = DomIdSet,
    SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(XenPoke))]
public sealed class SetXenVcpuInfoCommand : DomainPokeCmdletBase
{
    /// <summary>Gets the number of the vCPU.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateRange(0, int.MaxValue)]
    [NumberTransformation]
    [ArgumentCompleter(typeof(VcpuCompleter))]
    public int Vcpu { get; set; }

    /// <summary>Gets the new value of the upcall pending byte.</summary>
    [Parameter]
    public bool UpcallPending { get; set; }

    /// <summary>Gets the new value of a PV vCPU's upcall mask (interrupts off).</summary>
    [Parameter]
    public bool UpcallMask { get; set; }

    /// <summary>Gets the new pending selector: bit n is set if word n of the pending bitmap must be checked.</summary>
    [Parameter]
    public ulong PendingSelector { get; set; }

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
        if (Given(nameof(UpcallPending)) || Given(nameof(UpcallMask)) || Given(nameof(PendingSelector)))
            return;
        ThrowTerminatingError(
            ErrorRecords.FromUse(
                "NothingToSet",
                ErrorCategory.InvalidArgument,
                "There is nothing to set.",
                "Give -UpcallPending, -UpcallMask or -PendingSelector.",
                null));
    }

    /// <inheritdoc/>
    private protected override IEnumerable<PokeRequest> CreateRequests() =>
    [
        new SetVcpuRequest
        {
            DomId = DomId,
            Vcpu = Vcpu,
            UpcallPending = Given(nameof(UpcallPending)) ? UpcallPending : null,
            UpcallMask = Given(nameof(UpcallMask)) ? UpcallMask : null,
            PendingSelector = Given(nameof(PendingSelector)) ? PendingSelector : null,
            Force = Force,
        },
    ];

    private bool Given(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);
}
