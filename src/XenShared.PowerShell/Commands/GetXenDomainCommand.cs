using System.Management.Automation;
using XenShared.PowerShell.Commands.Base;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Lists domains with type, state and event ABI.</summary>
[Cmdlet(VerbsCommon.Get, "XenDomain", DefaultParameterSetName = DomIdSet)]
[OutputType(typeof(XenDomain))]
public sealed class GetXenDomainCommand : DomainQueryCmdletBase
{
    /// <inheritdoc/>
    private protected override IEnumerable<object> Query(
        IXenDataSource target,
        DomainSelection selection,
        IQueryObserver observer,
        CancellationToken cancellation
    ) => new DomainQuery(target, observer).Run(selection, cancellation);
}
