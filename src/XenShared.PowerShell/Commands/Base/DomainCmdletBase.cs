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
    /// <summary>Specifies the longest sampling time, one hour. A larger value is probably meant in another unit.</summary>
    private protected const double MaximumSampleSeconds = 3600;

    private readonly Dictionary<object, TargetSession> _sessions = [];
    private readonly List<XenTarget> _piped = [];
    private bool _isDomIdGiven;
    private bool _isNameGiven;
    private bool _isTargetGiven;

    /// <summary>Gets the object that stands for the local host where others have a <see cref="XenTarget"/>.</summary>
    private static object LocalHost => Environment.MachineName;

    /// <summary>Gets the domain numbers.</summary>
    [Parameter(ParameterSetName = DomIdSet, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Id")]
    [DomainTransformation]
    [ArgumentCompleter(typeof(DomainNumberCompleter))]
    public virtual ushort[]? DomId { get; set; }

    /// <summary>Gets the domain names. Wildcards are permitted.</summary>
    [Parameter(ParameterSetName = DomIdSet)]
    [Parameter(
        ParameterSetName = NameSet,
        Mandatory = true,
        Position = 0,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true)]
    [Alias("VMName", "DomainName")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [DomainTransformation(IsName = true)]
    [ArgumentCompleter(typeof(DomainNameCompleter))]
    public virtual string[] Name { get; set; } = [];

    /// <summary>Gets the targets to query, all at the same time; by default those of the session, otherwise the local host.</summary>
    [Parameter(ValueFromPipeline = true)]
    [ArgumentCompleter(typeof(TargetCompleter))]
    public XenTarget[]? Target { get; set; }

    /// <summary>
    /// Gets the names of the hosts to select among the targets. Objects from the pipeline have a property of this name, so each domain is
    /// looked up on its own host.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ComputerName")]
    [AllowNull]
    [ArgumentCompleter(typeof(HostNameCompleter))]
    public string[]? HostName { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // Here BoundParameters contains only the parameters on the command line, because input from the pipeline is bound later. An empty
        // -DomId on the command line is an error: a variable that is empty by mistake must not select all domains.
        _isDomIdGiven = MyInvocation.BoundParameters.ContainsKey(nameof(DomId));
        _isNameGiven = MyInvocation.BoundParameters.ContainsKey(nameof(Name));
        _isTargetGiven = MyInvocation.BoundParameters.ContainsKey(nameof(Target));
        if (_isDomIdGiven && DomId is not { Length: > 0 })
        {
            ThrowTerminatingError(ErrorRecords.FromUse("DomIdEmpty", ErrorCategory.InvalidArgument,
                "-DomId was given, but contains no number.", "Give a number, or omit -DomId to get all domains.", null));
        }
        if (_isTargetGiven && (Target is not { Length: > 0 } || Target.Contains(null)))
        {
            ThrowTerminatingError(
                ErrorRecords.FromUse(
                    "TargetEmpty",
                    ErrorCategory.InvalidArgument,
                    "-Target was given, but contains no target.",
                    "Give what Connect-XenTarget returned, or omit -Target to use the targets of the session.",
                    null));
        }
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

    /// <summary>
    /// Gets a value indicating whether this pipeline object is a file. The Name of such an object is that of the file, so it does not
    /// select a domain.
    /// </summary>
    private protected virtual bool IsPipedFile => false;

    /// <summary>
    /// Adds the targets in this pipeline object; returns false if there are none. They are queried together at the end of the input.
    /// PowerShell also binds the Id of a target to -DomId, but it is not a domain number.
    /// </summary>
    private protected bool TakePipedTargets()
    {
        if (_isTargetGiven || Target is not { Length: > 0 } piped) return false;
        _piped.AddRange(piped.Where(target => target is not null));
        return true;
    }

    /// <summary>
    /// Returns the domains that this pipeline object and the command line select; null if there are none. If a number and -Name are given,
    /// a domain must match both.
    /// </summary>
    private protected DomainSelection? GetSelection()
    {
        if (DomId is { Length: > 0 }) return SelectByNumber();
        if (!_isNameGiven && Name.Length > 0 && !IsPipedFile) return new DomainSelection { Names = Array.ConvertAll(Name, ToPattern) };
        return MyInvocation.ExpectingInput && !IsPipedFile ? null : new DomainSelection { Names = GetGivenNames() };
    }

    /// <summary>
    /// Returns the domains that the command line selects; null if -DomId contains only -1, which toolstacks use for a halted VM.
    /// </summary>
    private protected DomainSelection? GetGivenSelection() =>
        _isDomIdGiven ? SelectByNumber() : new DomainSelection { Names = GetGivenNames() };

    /// <summary>
    /// Returns the sessions with the targets of this pipeline object. If -HostName names a host that is not among the targets, an error is
    /// reported.
    /// </summary>
    private protected virtual IReadOnlyList<TargetSession> GetSessions()
    {
        if (HasPipedTargets) return [.. _piped.Distinct().Select(GetSession)];
        var targets = SessionTargets.Current.Choose(Target, HostName ?? [], out var error);
        if (error is not null) WriteError(error);
        return [.. targets.Select(GetSession)];
    }

    /// <summary>
    /// Returns this pipeline's session with a source (a target, a file, or the local host), and creates it at the first call.
    /// </summary>
    /// <param name="source">The source. It is also the TargetObject of errors about neither a domain nor a port.</param>
    /// <param name="open">Opens the source at its first use; returns null if the target has been disconnected.</param>
    private protected TargetSession GetSession(object source, Func<TargetConnection?> open)
    {
        if (!_sessions.TryGetValue(source, out var session)) _sessions[source] = session = new TargetSession(this, source, open);
        return session;
    }

    // Returns the session of a target. If the target is null, it is the session of the local host.
    private TargetSession GetSession(XenTarget? target)
    {
        var connections = SessionTargets.Current;
        return GetSession(
            target ?? LocalHost,
            () => target is null ? new TargetConnection(LocalTarget.Open()) : target.Acquire(connections, Cancellation));
    }

    /// <summary>
    /// Opens the target of a cmdlet that needs exactly one. Nothing can succeed without it, so an error ends the pipeline.
    /// </summary>
    private protected TargetSession OpenOnly()
    {
        var targets = GetSessions();
        if (targets.Count != 1) ThrowTerminatingError(ErrorRecords.Ambiguous(targets.Count));
        Open(targets[0]);
        return targets[0];
    }

    /// <summary>Opens a target. If that fails, reports the error and returns false.</summary>
    private protected bool Open(TargetSession session)
    {
        try
        {
            if (session.TryOpen()) return true;
            ReportFatal(ErrorRecords.Disconnected((XenTarget)session.Source));
        }
        catch (XenException error)
        {
            ReportFatal(session.Record(error));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            ReportFatal(session.Record(error));
        }
        return false;
    }

    /// <summary>Reports an error that would also affect every further request to the same target, and ends the pipeline.</summary>
    private protected virtual void ReportFatal(ErrorRecord error) => ThrowTerminatingError(error);

    /// <summary>
    /// Shows progress while a live target is watched, until the result is disposed. Returns null if the time is too short for a progress
    /// bar.
    /// </summary>
    private protected WatchProgress? ShowWatching(double seconds) =>
        seconds > WatchProgress.SecondsWithout ? new WatchProgress(WriteProgress, seconds, Cancellation) : null;

    /// <summary>
    /// Runs a query and reports its errors. <see cref="ReportFatal"/> gets an error that affects the whole target.
    /// </summary>
    private protected void InvokeAndReportErrors(TargetSession session, Action work)
    {
        try
        {
            work();
        }
        catch (XenException error) when (error.IsFatal)
        {
            ReportFatal(session.Record(error));
        }
        catch (XenException error)
        {
            WriteError(session.Record(error));
        }
        catch (Exception error) when (session.IsFile && error is IOException or UnauthorizedAccessException)
        {
            ReportFatal(session.Record(error));
        }
        catch (OperationCanceledException) when (Cancellation.IsCancellationRequested)
        {
            // Ctrl+C was pressed. PowerShell itself ends the pipeline, so no error is reported here.
        }
        catch (OperationCanceledException) when (session.Disconnection is not null)
        {
            ThrowTerminatingError(session.Disconnection);
        }
    }

    private DomainSelection? SelectByNumber()
    {
        var numbers = Array.FindAll(DomId!, number => number != DomainTransformationAttribute.Halted);
        if (numbers.Length < DomId!.Length) WriteError(ErrorRecords.OfHaltedDomain());
        return numbers.Length > 0 ? new DomainSelection { DomIds = numbers, Names = GetGivenNames() } : null;
    }

    private NamePattern[] GetGivenNames() => _isNameGiven ? Array.ConvertAll(Name, ToPattern) : [];
}
