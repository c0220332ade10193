using System.Management.Automation;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Parameters;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Reads the table in which a PV guest keeps which machine frame stands behind each of its own.</summary>
[Cmdlet(VerbsCommon.Get, "XenP2M")]
[OutputType(typeof(XenP2mEntry))]
public sealed class GetXenP2MCommand : DomainQueryCmdletBase
{
    /// <summary>Frame numbers of the guest; without it all.</summary>
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
