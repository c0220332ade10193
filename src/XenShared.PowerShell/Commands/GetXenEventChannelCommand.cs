using System.Management.Automation;
using XenShared.Guests.Locating;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Parameters;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Lists the event channels of domains, with their pending and masked bits if known.</summary>
[Cmdlet(VerbsCommon.Get, "XenEventChannel", DefaultParameterSetName = DomIdSet)]
[OutputType(typeof(XenEventChannel))]
public sealed class GetXenEventChannelCommand : DomainQueryCmdletBase
{
    /// <summary>Gets the port numbers. Closed ports are returned too. A port that the domain does not have is an error.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [PortTransformation]
    [ArgumentCompleter(typeof(PortCompleter))]
    public uint[] Port { get; set; } = [];

    /// <summary>Gets the states of the channels to return.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateRange(ChannelState.Closed, ChannelState.Ipi)]
    public ChannelState[] State { get; set; } = [];

    /// <summary>Gets a value that selects channels known to be pending.</summary>
    [Parameter]
    public SwitchParameter Pending { get; set; }

    /// <summary>Gets a value that selects channels known to be masked.</summary>
    [Parameter]
    public SwitchParameter Masked { get; set; }

    /// <summary>Gets a value that selects channels whose pending or masked bit is not known.</summary>
    [Parameter]
    public SwitchParameter Unknown { get; set; }

    /// <summary>Gets a value that includes closed ports.</summary>
    [Parameter]
    public SwitchParameter IncludeClosed { get; set; }

    /// <summary>
    /// Gets the source of the pending and masked bits. Auto uses the shared page if possible, otherwise guest memory, or the control
    /// domain's own kernel.
    /// </summary>
    [Parameter]
    [ValidateRange(ChannelSource.Auto, ChannelSource.Kernel)]
    public ChannelSource Source { get; set; }

    /// <summary>
    /// Gets a value that allows searching guest memory even if Xen must then allocate memory for pages that are paged out or populated on
    /// demand.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Port is not [PortTransformationAttribute.None]) base.ProcessRecord();
    }

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
        return query.RunInBatches(selection, cancellation);
    }
}
