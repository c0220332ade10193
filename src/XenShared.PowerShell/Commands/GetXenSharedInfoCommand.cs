using System.Management.Automation;
using XenShared.PowerShell.Commands.Base;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Reads the page that a domain shares with Xen.</summary>
[Cmdlet(VerbsCommon.Get, "XenSharedInfo", DefaultParameterSetName = DomIdSet)]
[OutputType(typeof(XenSharedInfo))]
public sealed class GetXenSharedInfoCommand : DomainQueryCmdletBase
{
    /// <summary>Gets the layout to decode pages with; by default, it is deduced for each page.</summary>
    [Parameter]
    [ValidateRange(GuestLayout.X86_64, GuestLayout.Arm)]
    public GuestLayout? Layout { get; set; }

    /// <summary>
    /// Gets the maximum time to sample each page of a live host, in order to distinguish live vCPU records from frozen ones. 0 reads each
    /// page once.
    /// </summary>
    [Parameter]
    [ValidateRange(0.0, MaximumSampleSeconds)]
    public double SampleSeconds { get; set; }

    /// <inheritdoc/>
    private protected override double WatchSeconds => SampleSeconds;

    /// <inheritdoc/>
    private protected override IEnumerable<object> Query(
        IXenDataSource target,
        DomainSelection selection,
        IQueryObserver observer,
        CancellationToken cancellation
    ) =>
        new SharedInfoQuery(target, observer) { SampleTime = TimeSpan.FromSeconds(SampleSeconds), Layout = Layout }.Run(
            selection,
            cancellation);
}
