using System.Management.Automation;
using XenShared.Poking;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Parameters;

namespace XenShared.PowerShell.Commands;

/// <summary>Makes a guest handle what is stuck on a port: unmasks it on request, and has Xen raise the event anew.</summary>
[Cmdlet(VerbsDiagnostic.Repair, "XenEventChannel", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(XenPoke))]
public sealed class RepairXenEventChannelCommand : DomainPokeCmdletBase
{
    /// <summary>Gets the guest's ports.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [NumberTransformation]
    public uint[] Port { get; set; } = [];

    /// <summary>Takes the mask off, too.</summary>
    [Parameter]
    public SwitchParameter Unmask { get; set; }

    /// <summary>Gets how long the guest may take to handle the event.</summary>
    [Parameter]
    [ValidateRange(0, 3600)]
    public int TimeoutSec { get; set; } = 5;

    /// <summary>Writes what was done to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool WritesPokes => PassThru;

    /// <inheritdoc/>
    private protected override void Poke()
    {
        foreach (var port in Port)
        {
            InvokeAndReportErrors(() =>
                new ChannelRepair(OpenTarget(), this) { Options = Options, Timeout = TimeSpan.FromSeconds(TimeoutSec) }.Repair(
                    DomId,
                    port,
                    Unmask,
                    Cancellation));
        }
    }
}
