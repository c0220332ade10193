using System.Management.Automation;
using XenShared.Guests.Locating;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Parameters;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Lists the event channels of domains, with pending and masked where they are known.</summary>
[Cmdlet(VerbsCommon.Get, "XenEventChannel")]
[OutputType(typeof(XenEventChannel))]
public sealed class GetXenEventChannelCommand : DomainQueryCmdletBase
{
    /// <summary>Ports by number, closed ones too; one that the domain does not have is an error.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [NumberTransformation]
    public uint[] Port { get; set; } = [];

    /// <summary>Channels in one of these states.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateNamedValue]
    public ChannelState[] State { get; set; } = [];

    /// <summary>Only channels known to be pending.</summary>
    [Parameter]
    public SwitchParameter Pending { get; set; }

    /// <summary>Only channels known to be masked.</summary>
    [Parameter]
    public SwitchParameter Masked { get; set; }

    /// <summary>Only channels whose pending or masked is not known.</summary>
    [Parameter]
    public SwitchParameter Unknown { get; set; }

    /// <summary>Closed ports too.</summary>
    [Parameter]
    public SwitchParameter IncludeClosed { get; set; }

    /// <summary>Gets where pending and masked are asked for; Auto takes the shared page, else the guest's memory.</summary>
    [Parameter]
    [ValidateNamedValue]
    public ChannelSource Source { get; set; }

    /// <summary>Searches a guest's memory even where that fills pages that it has not got yet.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    private protected override IEnumerable<object> Query(
        IXenDataSource target,
        DomainSelection selection,
        IQueryObserver observer,
        CancellationToken cancellation)
    {
        var filter = new ChannelFilter
        {
            Ports = Port,
            States = State,
            Pending = Pending,
            Masked = Masked,
            Unknown = Unknown,
            IncludeClosed = IncludeClosed,
        };
        var query = new EventChannelQuery(target, observer)
        {
            Filter = filter,
            Source = Source,
            Locate = new LocatorOptions { Force = Force },
        };
        return query.Run(selection, cancellation);
    }
}
