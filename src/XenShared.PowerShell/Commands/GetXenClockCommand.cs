using System.Management.Automation;
using XenShared.Guests.Locating;
using XenShared.PowerShell.Commands.Base;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Reads the TSC modes of domains, and compares their clocks with the control domain's.</summary>
[Cmdlet(VerbsCommon.Get, "XenClock", DefaultParameterSetName = DomIdSet)]
[OutputType(typeof(XenClock))]
public sealed class GetXenClockCommand : DomainQueryCmdletBase
{
    /// <summary>
    /// Gets the seconds in which the clocks of a live host are read once a second, after the live records were found. With 0 they are read
    /// once, and drift and jumps are unknown.
    /// </summary>
    [Parameter]
    [ValidateRange(0.0, MaximumSampleSeconds)]
    public double SampleSeconds { get; set; } = ClockQuery.DefaultSampleTime.TotalSeconds;

    /// <summary>Gets a value that leaves out the TSC modes, because Xen pauses each domain to report its mode.</summary>
    [Parameter]
    public SwitchParameter NoPause { get; set; }

    /// <summary>
    /// Gets a value that allows searching guest memory even if Xen must then allocate memory for pages that are paged out or populated on
    /// demand.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    private protected override double WatchSeconds =>
        SampleSeconds > 0 ? VcpuQuery.DefaultSampleTime.TotalSeconds + SampleSeconds : 0;

    /// <inheritdoc/>
    private protected override IEnumerable<object> Query(
        IXenDataSource target,
        DomainSelection selection,
        IQueryObserver observer,
        CancellationToken cancellation
    ) =>
        new ClockQuery(target, observer)
        {
            SampleTime = TimeSpan.FromSeconds(SampleSeconds),
            MayPause = !NoPause,
            Locate = new LocatorOptions { Force = Force },
        }.Run(selection, cancellation);
}
