using System.Management.Automation;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Parameters;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Reads a PV guest's P2M table, which maps its frame numbers to machine frames.</summary>
[Cmdlet(VerbsCommon.Get, "XenP2M", DefaultParameterSetName = DomIdSet)]
[OutputType(typeof(XenP2mEntry))]
public sealed class GetXenP2MCommand : DomainQueryCmdletBase
{
    /// <summary>Gets the guest frame numbers; by default, all.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [NumberTransformation]
    public ulong[] Pfn { get; set; } = [];

    /// <inheritdoc/>
    private protected override IEnumerable<object> Query(
        IXenDataSource target,
        DomainSelection selection,
        IQueryObserver observer,
        CancellationToken cancellation
    ) => new P2mQuery(target, observer) { Pfns = Pfn }.Run(selection, cancellation);
}
