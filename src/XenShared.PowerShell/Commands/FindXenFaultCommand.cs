using System.Management.Automation;
using XenShared.Diagnosis;
using XenShared.Diagnosis.Rules;
using XenShared.Guests.Locating;
using XenShared.PowerShell.Commands.Base;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.Files;
using XenShared.PowerShell.Formatting;
using XenShared.PowerShell.Parameters;
using XenShared.PowerShell.Session;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands;

/// <summary>Finds faults of domains.</summary>
[Cmdlet(VerbsCommon.Find, "XenFault", DefaultParameterSetName = TargetSet)]
[OutputType(typeof(XenFault), typeof(XenRuleResult))]
public sealed class FindXenFaultCommand : DomainWatchCmdletBase
{
    private const string TargetSet = "Target";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const double SecondsPerSample = 3;

    private readonly List<string> _files = [];
    private readonly List<TargetConnection> _references = [];
    private readonly HashSet<TargetConnection> _compared = [];
    private string[] _rules = [];

    /// <inheritdoc/>
    [Parameter(ParameterSetName = TargetSet, ValueFromPipeline = true)]
    public override XenTarget[]? Target { get; set; }

    /// <summary>
    /// Gets the capture files to judge in place of a target. Several captures of one host are successive samples. Wildcards are permitted.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Gets the capture files by their exact names.</summary>
    [Parameter(Mandatory = true, ParameterSetName = LiteralPathSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Gets the targets with earlier samples, such as a capture of the same host, to compare with.</summary>
    [Parameter(ParameterSetName = TargetSet)]
    [ValidateNotNullOrEmpty]
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
    [ValidateNamedValue]
    public FaultSeverity[] Severity { get; set; } = [];

    /// <summary>Gets the number of samples of a live host. A single sample proves less.</summary>
    [Parameter(ParameterSetName = TargetSet)]
    [ValidateRange(1, 1000)]
    public int SampleCount { get; set; } = FaultQuery.DefaultSampleCount;

    /// <summary>Gets the milliseconds from the start of one sample of a live host to the start of the next.</summary>
    [Parameter(ParameterSetName = TargetSet)]
    [ValidateRange(0, (int)(MaximumSampleSeconds * 1000))]
    public int IntervalMilliseconds { get; set; } = (int)FaultQuery.DefaultInterval.TotalMilliseconds;

    /// <summary>
    /// Gets the source of channel states. Hypervisor reads the channels whose state is not known otherwise, such as those of the control
    /// domain, from Xen's debug key at each sample.
    /// </summary>
    [Parameter(ParameterSetName = TargetSet)]
    [ValidateSet(nameof(ChannelSource.Auto), nameof(ChannelSource.Hypervisor))]
    [ValidateNamedValue]
    public ChannelSource Source { get; set; }

    /// <summary>
    /// Gets a value that adds the result of each rule after the faults of each domain: fault, no fault, or not judged with the reason.
    /// </summary>
    [Parameter]
    public SwitchParameter IncludeRuleResult { get; set; }

    /// <summary>Gets a value that allows searching guest memory even if that makes Xen populate pages.</summary>
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
    protected override void ProcessRecord()
    {
        if (ParameterSetName == TargetSet) base.ProcessRecord();
        else _files.AddRange(ResolveFiles(ParameterSetName == PathSet ? Path : LiteralPath, ParameterSetName == LiteralPathSet));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (ParameterSetName == TargetSet) base.EndProcessing();
        else foreach (var series in CaptureSeries.Open(_files.Distinct(), WriteError, Cancellation)) Evaluate(series);
        foreach (var reference in _references.Where(reference => !_compared.Contains(reference)))
            WriteWarning(
                ViewFormat.Plain(
                    $"Reference target {reference.Target.DisplayName} is of host '{reference.Target.Host.HostName}', which was not "
                        + $"queried, and was left out."));
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
        Query(target, [.. ComparedWith(target).Select(reference => reference.Target)], observer)
            .RunWithResults(selection, IncludeRuleResult, cancellation);

    /// <inheritdoc/>
    private protected override IReadOnlyList<TargetConnection> ComparedWith(IXenDataSource target)
    {
        var same = _references.FindAll(reference =>
            string.Equals(reference.Target.Host.HostName, target.Host.HostName, StringComparison.OrdinalIgnoreCase));
        // Each target is queried on its own thread.
        lock (_compared) _compared.UnionWith(same);
        return same;
    }

    private FaultQuery Query(IXenDataSource target, IReadOnlyList<IXenDataSource> references, IQueryObserver observer) =>
        new(target, observer)
        {
            Rules = _rules,
            Severities = Severity,
            References = references,
            SampleCount = SampleCount,
            Interval = TimeSpan.FromMilliseconds(IntervalMilliseconds),
            Locate = new LocatorOptions { Force = Force },
            UsesHypervisor = Source == ChannelSource.Hypervisor,
        };

    private void Evaluate(IReadOnlyList<CaptureTarget> series)
    {
        var latest = series[^1];
        using var session = new TargetSession(this, latest.DisplayName, () => new TargetConnection(latest));
        session.TryOpen();
        var numbers = IsDomIdGiven ? GetDomIds() : [];
        if (numbers is null) return;
        InvokeAndReportErrors(session, () =>
        {
            var results = Query(latest, [.. series.SkipLast(1)], session)
                .RunWithResults(SelectDomains(numbers), IncludeRuleResult, session.Cancellation);
            foreach (var fault in session.Read(results))
                WriteObject(fault);
        });
    }
}
