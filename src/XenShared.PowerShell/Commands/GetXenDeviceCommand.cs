using System.Management.Automation;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Parameters;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Lists the paravirtual devices of domains, with the states of frontend and backend.</summary>
[Cmdlet(VerbsCommon.Get, "XenDevice", DefaultParameterSetName = DomIdSet)]
[OutputType(typeof(XenDevice))]
public sealed class GetXenDeviceCommand : DomainQueryCmdletBase
{
    /// <summary>Gets the kinds of devices to return; by default, all.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DeviceKindCompleter))]
    public string[] Kind { get; set; } = [];

    /// <summary>Gets the ports of the devices to return. Piped event channels have this property.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [PortTransformation]
    [ArgumentCompleter(typeof(PortCompleter))]
    public uint[] Port { get; set; } = [];

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
        CancellationToken cancellation
    ) => new DeviceQuery(target, observer) { Kinds = Kind, Ports = Port }.Run(selection, cancellation);
}
