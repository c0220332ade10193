using System.Management.Automation;
using XenShared.Diagnosis;
using XenShared.Diagnosis.Rules;
using XenShared.Guests.Locating;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.Formatting;
using XenShared.PowerShell.Session;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Finds faults of domains.</summary>
[Cmdlet(VerbsCommon.Find, "XenFault", DefaultParameterSetName = DomIdSet)]
[OutputType(typeof(XenFault), typeof(XenRuleResult))]
public sealed class FindXenFaultCommand : DomainWatchCmdletBase
{
    private const double SecondsPerSample = 3;

    private readonly List<TargetConnection> _references = [];
    private readonly HashSet<TargetConnection> _compared = [];
    private IReadOnlyList<TargetConnection> _earlierSamples = [];
    private string[] _rules = [];

    /// <summary>Gets the targets with earlier samples, such as a capture of the same host, to compare with.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(TargetCompleter))]
    public XenTarget[] ReferenceTarget { get; set; } = [];

    /// <summary>Gets the rules to apply. Wildcards are permitted.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(FaultRuleCompleter))]
    public string[] Rule { get; set; } = [];

    /// <summary>Gets the severities of the faults to return.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateRange(FaultSeverity.Information, FaultSeverity.Critical)]
    public FaultSeverity[] Severity { get; set; } = [];

    /// <summary>Gets the number of samples of a live host. A single sample proves less.</summary>
    [Parameter]
    [ValidateRange(1, 1000)]
    public int SampleCount { get; set; } = FaultQuery.DefaultSampleCount;

    /// <summary>Gets the milliseconds from the start of one sample of a live host to the start of the next.</summary>
    [Parameter]
    [ValidateRange(0, (int)(MaximumSampleSeconds * 1000))]
    public int IntervalMilliseconds { get; set; } = (int)FaultQuery.DefaultInterval.TotalMilliseconds;

    /// <summary>
    /// Gets the source of channel states. Auto uses the shared page, guest memory, or the control domain's own kernel. Hypervisor uses
    /// these first. For channels that are then still unknown, it makes Xen print their state at each sample (debug key <c>e</c>).
    /// </summary>
    [Parameter]
    [ValidateSet(nameof(ChannelSource.Auto), nameof(ChannelSource.Hypervisor))]
    public ChannelSource Source { get; set; }

    /// <summary>
    /// Gets a value that leaves out the reads of processor states, for which Xen pauses each vCPU of a domain with a waiting event
    /// for microseconds. The rules that need them then do not judge such a domain.
    /// </summary>
    [Parameter]
    public SwitchParameter NoPause { get; set; }

    /// <summary>
    /// Gets a value that adds the result of each rule after the faults of each domain: fault, no fault, or not judged with the reason.
    /// </summary>
    [Parameter]
    public SwitchParameter IncludeRuleResult { get; set; }

    /// <summary>
    /// Gets a value that allows searching guest memory even if Xen must then allocate memory for pages that are paged out or populated on
    /// demand.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    private protected override double WatchSeconds => (SampleCount - 1) * IntervalMilliseconds / 1000.0 + SecondsPerSample;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        var patterns = Array.ConvertAll(Rule, rule =>
            WildcardPattern.Get(rule, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant));
        _rules = [.. FaultRules.Names.Where(name => Array.Exists(patterns, pattern => pattern.IsMatch(name)))];
        if (Array.FindIndex(patterns, pattern => !FaultRules.Names.Any(pattern.IsMatch)) is var wrong and >= 0)
        {
            ThrowTerminatingError(
                ErrorRecords.FromUse(
                    "RuleNotFound",
                    ErrorCategory.ObjectNotFound,
                    $"There is no rule '{Rule[wrong]}'.",
                    $"Name one of the rules: {string.Join(", ", FaultRules.Names)}.",
                    Rule[wrong]));
        }
        foreach (var reference in ReferenceTarget)
        {
            if (reference.Acquire(SessionTargets.Current, Cancellation) is { } connection) _references.Add(connection);
            else ThrowTerminatingError(ErrorRecords.Disconnected(reference));
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        base.EndProcessing();
        foreach (var reference in _references.Where(reference => !_compared.Contains(reference)))
            WriteWarning(
                ViewFormat.Plain(
                    $"Reference target {reference.Target.DisplayName} is of host '{reference.Target.Host.HostName}', which was not "
                        + $"queried. It is ignored."));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _references.ForEach(reference => reference.Dispose());
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    private protected override IEnumerable<object> Query(
        IXenDataSource target,
        DomainSelection selection,
        IQueryObserver observer,
        CancellationToken cancellation
    ) =>
        new FaultQuery(target, observer)
        {
            Rules = _rules,
            Severities = Severity,
            References = [.. ComparedWith(target).Select(reference => reference.Target)],
            SampleCount = SampleCount,
            Interval = TimeSpan.FromMilliseconds(IntervalMilliseconds),
            Locate = new LocatorOptions { Force = Force },
            PausesVcpus = !NoPause,
            UsesHypervisor = Source == ChannelSource.Hypervisor,
        }.RunWithResults(selection, IncludeRuleResult, cancellation);

    /// <inheritdoc/>
    private protected override IReadOnlyList<TargetConnection> ComparedWith(IXenDataSource target)
    {
        var same = _references.FindAll(reference =>
            string.Equals(reference.Target.Host.HostName, target.Host.HostName, StringComparison.OrdinalIgnoreCase));
        // Several targets are queried at the same time, each on its own thread, so the access to _compared is locked.
        lock (_compared) _compared.UnionWith(same);
        return [.. _earlierSamples, .. same];
    }

    // Judges the files. Several captures of one host are samples of this host at different times: the latest is judged, and it is compared
    // with the earlier ones.
    private protected override void RunFiles(IReadOnlyList<TargetSession> files, Func<TargetSession, DomainSelection> selectionOf)
    {
        foreach (var series in files.Where(Open).GroupBy(SeriesOf, StringComparer.OrdinalIgnoreCase))
        {
            TargetSession[] samples = [.. series.OrderBy(file => file.Connection.TakenAt)];
            _earlierSamples = Array.ConvertAll(samples[..^1], sample => sample.TargetConnection);
            RunQuery(samples[^1], selectionOf(samples[^1]));
            Array.ForEach(samples, sample => sample.Dispose());
        }
    }

    private static string SeriesOf(TargetSession file) =>
        file.Connection.Kind == TargetKind.Capture ? file.Connection.Host.HostName : (string)file.Source;
}
