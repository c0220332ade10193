using System.Management.Automation;
using XenShared.Poking;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Parameters;

namespace XenShared.PowerShell.Commands;

/// <summary>Sends a real event to a guest's port, through the control domain's end of the channel.</summary>
[Cmdlet(
    VerbsCommunications.Send,
    "XenEvent",
    DefaultParameterSetName = DomIdSet,
    SupportsShouldProcess = true,
    ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(XenPoke))]
public sealed class SendXenEventCommand : DomainPokeCmdletBase
{
    /// <summary>Gets the guest's ports.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [NumberTransformation]
    [ArgumentCompleter(typeof(PortCompleter))]
    public uint[] Port { get; set; } = [];

    /// <inheritdoc/>
    private protected override IEnumerable<PokeRequest> CreateRequests() =>
        Port.Select(port => new SendEventRequest { DomId = DomId, Port = port });
}
