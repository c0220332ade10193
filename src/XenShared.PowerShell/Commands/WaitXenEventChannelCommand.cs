using System.Management.Automation;
using XenShared.Guests.Locating;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Parameters;
using XenShared.Queries;

namespace XenShared.PowerShell.Commands;

/// <summary>Waits until an event channel meets a condition.</summary>
[Cmdlet(VerbsLifecycle.Wait, "XenEventChannel")]
[OutputType(typeof(XenEventChannel))]
public sealed class WaitXenEventChannelCommand : DomainCmdletBase
{
    private const int LongestInterval = (int)(MaximumSampleSeconds * 1000);

    /// <summary>Gets the port numbers. The cmdlet waits for one after the other.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [NumberTransformation]
    public uint[] Port { get; set; } = [];

    /// <summary>Gets the condition to wait for.</summary>
    [Parameter(Mandatory = true, Position = 2)]
    [ValidateNamedValue]
    public ChannelCondition Until { get; set; }

    /// <summary>Gets the timeout for each channel in seconds; by default, there is none.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    public int? TimeoutSec { get; set; }

    /// <summary>Gets the milliseconds from one sample to the next.</summary>
    [Parameter]
    [ValidateRange(1, LongestInterval)]
    public int IntervalMilliseconds { get; set; } = (int)ChannelWait.DefaultInterval.TotalMilliseconds;

    /// <summary>Gets the source of the pending and masked bits. Auto uses the shared page if possible, otherwise guest memory.</summary>
    [Parameter]
    [ValidateNamedValue]
    public ChannelSource Source { get; set; }

    /// <summary>Gets a value that allows searching guest memory even if that makes Xen populate pages.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (TakePipedTargets() || GetDomIds() is not { } numbers) return;
        Wait(numbers);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (HasPipedTargets && (IsDomIdGiven ? GetDomIds() : []) is { } numbers) Wait(numbers);
    }

    private void Wait(IReadOnlyList<ushort> numbers)
    {
        foreach (var session in GetSessions())
        {
            Open(session);
            IReadOnlyList<ushort> domains = [];
            InvokeAndReportErrors(session, () => domains = Domains(session, numbers));
            foreach (var (domId, port) in domains.SelectMany(domId => Port.Select(port => (domId, port))))
            {
                // After a timeout of one channel, the cmdlet still waits for the others.
                InvokeAndReportErrors(session, () =>
                {
                    foreach (var channel in session.Read(Wait(session, domId, port))) WriteObject(channel);
                });
            }
        }
    }

    private IReadOnlyList<ushort> Domains(TargetSession session, IReadOnlyList<ushort> numbers) =>
        numbers.Count > 0 && Name.Length == 0
            ? numbers
            :
            [
                .. session
                    .Read(new DomainQuery(session.Connection, session).Run(SelectDomains(numbers), session.Cancellation))
                    .Cast<XenDomain>()
                    .Select(domain => domain.DomId),
            ];

    private IEnumerable<object> Wait(TargetSession session, ushort domId, uint port)
    {
        yield return new ChannelWait(session.Connection, session)
        {
            Source = Source,
            Locate = new LocatorOptions { Force = Force },
            Interval = TimeSpan.FromMilliseconds(IntervalMilliseconds),
            Timeout = TimeoutSec is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
        }.Wait(domId, port, Until, session.Cancellation);
    }
}
