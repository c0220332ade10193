using System.Management.Automation;
using XenShared.Diagnosis;
using XenShared.Guests.Locating;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Parameters;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Tests the path of the events of a channel, and finds the link that stops them.</summary>
[Cmdlet(VerbsDiagnostic.Test, "XenEventChannel", DefaultParameterSetName = DomIdSet)]
[OutputType(typeof(XenEventPath))]
public sealed class TestXenEventChannelCommand : DomainWatchCmdletBase
{
    private const double SecondsPerRead = 3;

    // The largest value of -IntervalMilliseconds: one minute. A larger value is probably meant in another unit, so it is rejected.
    private const int LongestInterval = 60_000;

    private readonly HashSet<(ushort DomId, uint Port)> _piped = [];
    private bool _isPortGiven;

    /// <summary>
    /// Gets the ports to test. Channels from the pipeline provide their own. Without a port, all channels whose event stays pending are
    /// tested.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [NumberTransformation]
    [ArgumentCompleter(typeof(PortCompleter))]
    public uint[] Port { get; set; } = [];

    /// <summary>
    /// Gets the milliseconds from one of the three reads of a live host to the next. If the three reads together take less than a second,
    /// they do not prove that a state lasts.
    /// </summary>
    [Parameter]
    [ValidateRange(0, LongestInterval)]
    public int IntervalMilliseconds { get; set; } = (int)EventPathQuery.DefaultInterval.TotalMilliseconds;

    /// <summary>
    /// Gets a value that allows searching guest memory even if Xen must then allocate memory for pages that are paged out or populated on
    /// demand.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    private protected override double WatchSeconds =>
        (EventPathQuery.ReadCount - 1) * IntervalMilliseconds / 1000.0 + SecondsPerRead;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _isPortGiven = MyInvocation.BoundParameters.ContainsKey(nameof(Port));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        base.ProcessRecord();
        if (!_isPortGiven && Port.Length > 0) _piped.UnionWith((DomId ?? []).SelectMany(domId => Port.Select(port => (domId, port))));
    }

    /// <inheritdoc/>
    private protected override IEnumerable<object> Query(
        IXenDataSource target,
        DomainSelection selection,
        IQueryObserver observer,
        CancellationToken cancellation
    ) =>
        new EventPathQuery(target, observer)
        {
            Ports = _isPortGiven ? Port : [],
            Channels = _piped,
            Interval = TimeSpan.FromMilliseconds(IntervalMilliseconds),
            Locate = new LocatorOptions { Force = Force },
        }.Run(selection, cancellation);
}
