using System.Management.Automation;
using XenShared.Guests.Locating;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Parameters;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Samples event channels at an interval, and writes their changes.</summary>
[Cmdlet(VerbsCommon.Watch, "XenEventChannel", DefaultParameterSetName = DomIdSet)]
[OutputType(typeof(XenEventChannelChange))]
public sealed class WatchXenEventChannelCommand : DomainWatchCmdletBase
{
    private const int LongestInterval = (int)(MaximumSampleSeconds * 1000);

    private readonly HashSet<(ushort DomId, uint Port)> _piped = [];
    private bool _isPortGiven;

    /// <summary>Gets the port numbers. Channels from the pipeline provide their own.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [NumberTransformation]
    [ArgumentCompleter(typeof(PortCompleter))]
    public uint[] Port { get; set; } = [];

    /// <summary>
    /// Gets the milliseconds from one sample to the next. Samples are due at multiples of this time from the start, so their times do not
    /// drift.
    /// </summary>
    [Parameter]
    [ValidateRange(1, LongestInterval)]
    public int IntervalMilliseconds { get; set; } = (int)ChannelWatch.DefaultInterval.TotalMilliseconds;

    /// <summary>Gets the number of samples after the first. Without -Count and -Duration, only Ctrl+C ends the cmdlet.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Count { get; set; }

    /// <summary>Gets the time to watch.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Duration { get; set; }

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
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _isPortGiven = MyInvocation.BoundParameters.ContainsKey(nameof(Port));
        // Watching a target usually does not end by itself. If only some targets were watched at the same time, the others would never be
        // watched. So by default all targets are watched at the same time.
        if (!MyInvocation.BoundParameters.ContainsKey(nameof(ThrottleLimit))) ThrottleLimit = int.MaxValue;
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
        new ChannelWatch(target, observer)
        {
            Ports = _isPortGiven ? Port : [],
            Channels = _piped,
            Source = Source,
            Locate = new LocatorOptions { Force = Force },
            Interval = TimeSpan.FromMilliseconds(IntervalMilliseconds),
            Count = Count,
            Duration = Duration,
        }.Run(selection, cancellation);
}
