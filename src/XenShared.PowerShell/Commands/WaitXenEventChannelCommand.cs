using System.Management.Automation;
using XenShared.Guests.Locating;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Parameters;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Waits until an event channel meets a condition.</summary>
[Cmdlet(VerbsLifecycle.Wait, "XenEventChannel", DefaultParameterSetName = DomIdSet)]
[OutputType(typeof(XenEventChannel))]
public sealed class WaitXenEventChannelCommand : DomainQueryCmdletBase
{
    private const int LongestInterval = (int)(MaximumSampleSeconds * 1000);

    /// <summary>Gets the port numbers. The cmdlet waits for one after the other.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [NumberTransformation]
    [ArgumentCompleter(typeof(PortCompleter))]
    public uint[] Port { get; set; } = [];

    /// <summary>Gets the condition to wait for.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [ValidateRange(ChannelCondition.Pending, ChannelCondition.Closed)]
    public ChannelCondition Until { get; set; }

    /// <summary>Gets the timeout for each channel in seconds; by default, there is none.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? TimeoutSec { get; set; }

    /// <summary>Gets the milliseconds from one sample to the next.</summary>
    [Parameter]
    [ValidateRange(1, LongestInterval)]
    public int IntervalMilliseconds { get; set; } = (int)ChannelWait.DefaultInterval.TotalMilliseconds;

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
        // Waiting for a channel can take forever. If only some targets were read at the same time, the others would have to wait for them.
        // So by default all targets are read at the same time.
        if (!MyInvocation.BoundParameters.ContainsKey(nameof(ThrottleLimit))) ThrottleLimit = int.MaxValue;
    }

    /// <inheritdoc/>
    private protected override IEnumerable<object> Query(
        IXenDataSource target,
        DomainSelection selection,
        IQueryObserver observer,
        CancellationToken cancellation)
    {
        var wait = new ChannelWait(target, observer)
        {
            Source = Source,
            Locate = new LocatorOptions { Force = Force },
            Interval = TimeSpan.FromMilliseconds(IntervalMilliseconds),
            Timeout = TimeoutSec is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        };
        var domains = selection is { DomIds.Count: > 0, Names.Count: 0, Uuids.Count: 0 }
            ? selection.DomIds
            : [.. new DomainQuery(target, observer).Run(selection, cancellation).Select(domain => domain.DomId)];
        foreach (var (domId, port) in domains.SelectMany(domId => Port.Select(port => (domId, port))))
        {
            XenEventChannel channel;
            try
            {
                channel = wait.Wait(domId, port, Until, cancellation);
            }
            catch (XenException error) when (!error.IsFatal)
            {
                // A timeout of one channel is reported, and the cmdlet then waits for the next channel.
                observer.Fail(error);
                continue;
            }
            yield return channel;
        }
    }
}
