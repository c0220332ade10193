using System.Management.Automation;
using XenShared.Poking;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Parameters;

namespace XenShared.PowerShell.Commands;

/// <summary>
/// Makes a guest handle an event that is stuck on a port: unmasks the port if requested, and lets Xen send the event again.
/// </summary>
[Cmdlet(
    VerbsDiagnostic.Repair,
    "XenEventChannel",
    DefaultParameterSetName = DomIdSet,
    SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(XenPoke))]
public sealed class RepairXenEventChannelCommand : DomainPokeCmdletBase
{
    /// <summary>Gets the ports of the guest.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [NumberTransformation]
    [ArgumentCompleter(typeof(PortCompleter))]
    public uint[] Port { get; set; } = [];

    /// <summary>Gets a value that allows unmasking the port.</summary>
    [Parameter]
    public SwitchParameter Unmask { get; set; }

    /// <summary>Gets the maximum time in seconds in which the guest must handle the event.</summary>
    [Parameter]
    [ValidateRange(0, RepairPortRequest.MaximumTimeoutSeconds)]
    public int TimeoutSec { get; set; } = RepairPortRequest.DefaultTimeoutSeconds;

    /// <summary>Gets a value that writes the pokes to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override bool WritesPokes => PassThru;

    /// <inheritdoc/>
    private protected override IEnumerable<PokeRequest> CreateRequests() => Port.Select(port => new RepairPortRequest
    {
        DomId = DomId,
        Port = port,
        Unmask = Unmask,
        Timeout = TimeSpan.FromSeconds(TimeoutSec),
    });
}
