using System.ComponentModel;
using System.Management.Automation;
using XenShared.PowerShell.Completion;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.Parameters;
using XenShared.PowerShell.Progress;
using XenShared.PowerShell.Session;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>Provides the parameters that select domains and targets.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class DomainCmdletBase : XenCmdletBase
{
    /// <summary>One hour. A larger value is probably meant in another unit.</summary>
    private protected const double MaximumSampleSeconds = 3600;

    private readonly Dictionary<object, TargetSession> _sessions = [];
    private readonly List<XenTarget> _piped = [];
    private bool _isTargetGiven;

    /// <summary>Represents the local host among targets.</summary>
    private static object LocalHost => Environment.MachineName;

    /// <summary>Gets the domain numbers.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [NumberTransformation(AcceptHalted = true)]
    [ArgumentCompleter(typeof(DomainNumberCompleter))]
    public virtual ushort[]? DomId { get; set; }

    /// <summary>Gets the domain names. Wildcards are permitted.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(DomainNameCompleter))]
    public string[] Name { get; set; } = [];

    /// <summary>Gets the targets to query, all at the same time; by default those of the session, otherwise the local host.</summary>
    [Parameter(ValueFromPipeline = true)]
    public virtual XenTarget[]? Target { get; set; }

    /// <summary>
    /// Gets the names of the hosts to select among the targets. Objects from the pipeline provide it, so that each is looked up on its own
    /// host.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    public string[]? HostName { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // A variable that is empty by mistake must not turn into "all domains". (Input from the pipeline is not bound yet.)
        if (MyInvocation.BoundParameters.ContainsKey(nameof(DomId)) && DomId is not { Length: > 0 })
        {
            ThrowTerminatingError(ErrorRecords.FromUse("DomIdEmpty", ErrorCategory.InvalidArgument,
                "-DomId was given, but holds no number.", "Give a number, or leave -DomId out to get all domains.", null));
        }
        if (MyInvocation.BoundParameters.ContainsKey(nameof(Target)) && (Target is not { Length: > 0 } || Target.Contains(null)))
        {
            ThrowTerminatingError(
                ErrorRecords.FromUse(
                    "TargetEmpty",
                    ErrorCategory.InvalidArgument,
                    "-Target was given, but holds no target.",
                    "Give what Connect-XenTarget returned, or leave out -Target to use the targets of the session.",
                    null));
        }
        _isTargetGiven = MyInvocation.BoundParameters.ContainsKey(nameof(Target));
        IsDomIdGiven = MyInvocation.BoundParameters.ContainsKey(nameof(DomId));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var session in _sessions.Values) session.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>Gets a value indicating whether the pipeline contained targets.</summary>
    private protected bool HasPipedTargets => _piped.Count > 0;

    /// <summary>Gets a value indicating whether the command line, not the pipeline, names the domains.</summary>
    private protected bool IsDomIdGiven { get; private set; }

    /// <summary>
    /// Adds a target from the pipeline; false if the record is of another kind. All targets are queried together at the end of the input. A
    /// target record names no domain: its number is that of the target.
    /// </summary>
    private protected bool TakePipedTargets()
    {
        if (_isTargetGiven || Target is not { Length: > 0 } piped) return false;
        _piped.AddRange(piped.Where(target => target is not null));
        return true;
    }

    /// <summary>
    /// Returns the domain numbers of this pipeline record without those that no domain can have; null when there are none.
    /// </summary>
    private protected IReadOnlyList<ushort>? GetDomIds()
    {
        if (DomId is not { Length: > 0 } given) return MyInvocation.ExpectingInput ? null : [];
        var numbers = given.Where(number => number != NumberTransformationAttribute.Halted).ToArray();
        if (numbers.Length < given.Length) WriteError(ErrorRecords.OfHaltedDomain());
        return numbers.Length > 0 ? numbers : null;
    }

    /// <summary>Returns the selection of domains by number and -Name. With both, a domain must match both.</summary>
    private protected DomainSelection SelectDomains(IReadOnlyList<ushort> numbers) =>
        new() { DomIds = numbers, Names = Array.ConvertAll(Name, ToPattern) };

    /// <summary>Returns the sessions of this record's targets. A host name without a connection is reported as an error.</summary>
    private protected IReadOnlyList<TargetSession> GetSessions()
    {
        if (HasPipedTargets) return [.. _piped.Distinct().Select(GetSession)];
        var targets = SessionTargets.Current.Choose(Target, HostName ?? [], out var error);
        if (error is not null) WriteError(error);
        return [.. targets.Select(GetSession)];
    }

    /// <summary>Returns this pipeline's session with a target, null for the local host.</summary>
    private TargetSession GetSession(XenTarget? target)
    {
        var connections = SessionTargets.Current;
        var source = target ?? LocalHost;
        if (!_sessions.TryGetValue(source, out var session))
            _sessions[source] = session = new TargetSession(this, source, () =>
                target is null ? new TargetConnection(LocalTarget.Open()) : target.Acquire(connections, Cancellation));
        return session;
    }

    /// <summary>Opens the only target. Nothing can succeed without it, so its errors end the pipeline.</summary>
    private protected TargetSession OpenOnly()
    {
        var targets = GetSessions();
        if (targets.Count != 1) ThrowTerminatingError(ErrorRecords.Ambiguous(targets.Count));
        Open(targets[0]);
        return targets[0];
    }

    /// <summary>Opens a target. Errors end the pipeline.</summary>
    private protected void Open(TargetSession session)
    {
        try
        {
            if (session.TryOpen()) return;
        }
        catch (XenException error)
        {
            ThrowTerminatingError(session.Record(error));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ThrowTerminatingError(ErrorRecords.FromFile(error, (session.Source as XenTarget)?.Path ?? session.Source.ToString()!));
        }
        ThrowTerminatingError(ErrorRecords.Disconnected((XenTarget)session.Source));
    }

    /// <summary>Shows progress while a live target is watched, until the result is disposed. Returns null for a short time.</summary>
    private protected WatchProgress? ShowWatching(double seconds) =>
        seconds > WatchProgress.SecondsWithout ? new WatchProgress(WriteProgress, seconds, Cancellation) : null;

    /// <summary>Runs a query on the only target of this pipeline.</summary>
    private protected void InvokeAndReportErrors(TargetSession session, Action work)
    {
        try
        {
            work();
        }
        catch (XenException error) when (error.IsFatal)
        {
            ThrowTerminatingError(session.Record(error));
        }
        catch (XenException error)
        {
            WriteError(session.Record(error));
        }
        catch (OperationCanceledException) when (Cancellation.IsCancellationRequested)
        {
            // Ctrl+C: PowerShell itself ends the pipeline.
        }
        catch (OperationCanceledException) when (session.Disconnection is not null)
        {
            ThrowTerminatingError(session.Disconnection);
        }
    }

    private static NamePattern ToPattern(string name)
    {
        var pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase | WildcardOptions.CultureInvariant);
        return new NamePattern(name, WildcardPattern.ContainsWildcardCharacters(name), pattern.IsMatch);
    }
}
