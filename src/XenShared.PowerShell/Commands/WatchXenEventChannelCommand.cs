using System.Management.Automation;
using XenShared.Guests.Locating;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Parameters;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Looks at event channels again and again, and writes what has changed.</summary>
[Cmdlet(VerbsCommon.Watch, "XenEventChannel")]
[OutputType(typeof(XenEventChannelChange))]
public sealed class WatchXenEventChannelCommand : DomainWatchCmdletBase
{
    private const int LongestInterval = (int)(MaximumSampleSeconds * 1000);

    private readonly HashSet<(ushort DomId, uint Port)> _piped = [];
    private bool _isPortGiven;

    /// <summary>Ports by number. Channels from the pipeline bring theirs along.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [NumberTransformation]
    public uint[] Port { get; set; } = [];

    /// <summary>Milliseconds from one look to the next, counted from the start, so that nothing drifts.</summary>
    [Parameter]
    [ValidateRange(1, LongestInterval)]
    public int IntervalMilliseconds { get; set; } = (int)ChannelWatch.DefaultInterval.TotalMilliseconds;

    /// <summary>Gets how many looks are taken after the first; without it and -Duration it ends with Ctrl+C.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int? Count { get; set; }

    /// <summary>Gets how long to watch.</summary>
    [Parameter]
    [DurationTransformation]
    public TimeSpan? Duration { get; set; }

    /// <summary>Gets where pending and masked are asked for; Auto takes the shared page, else the guest's memory.</summary>
    [Parameter]
    [ValidateNamedValue]
    public ChannelSource Source { get; set; }

    /// <summary>Searches a guest's memory even where that fills pages that it has not got yet.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _isPortGiven = MyInvocation.BoundParameters.ContainsKey(nameof(Port));
        // A target that waits for its turn would wait for ever.
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
