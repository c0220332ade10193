using System.ComponentModel;
using System.Management.Automation;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.FanOut;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>
/// Represents a cmdlet that streams the results of a query on one target, on many at the same time, or on files one after the other.
/// </summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class DomainQueryCmdletBase : DomainCmdletBase
{
    internal const int StandardThrottleLimit = 64;

    private bool _isLiteralPathGiven;

    /// <summary>
    /// Gets the files to read in place of a target: captures, core dumps, saved guests, pages and console logs. Wildcards are permitted.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Gets the files by their exact names.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Gets the maximum number of targets that are queried at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int ThrottleLimit { get; set; } = StandardThrottleLimit;

    /// <summary>Gets the time in seconds that the query samples a live target before its first result.</summary>
    private protected virtual double WatchSeconds => 0;

    private protected override bool IsPipedFile => !_isLiteralPathGiven && LiteralPath.Length > 0;

    private protected sealed override bool ReadsFiles => Path.Length > 0 || LiteralPath.Length > 0;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _isLiteralPathGiven = LiteralPath.Length > 0;
        RequireOneSource();
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        RequireOneSource();
        if (TakePipedTargets()) return;
        var selected = SelectByTarget();
        RunQueries([.. selected.Keys], session => selected[session]);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (HasPipedTargets && GetGivenSelection() is { } selection) RunQueries(GetSessions(), _ => selection);
    }

    /// <inheritdoc/>
    private protected sealed override IReadOnlyList<TargetSession> GetSessions()
    {
        if (!ReadsFiles || HasPipedTargets) return base.GetSessions();
        var isLiteral = LiteralPath.Length > 0;
        return
        [
            .. ResolveFiles(isLiteral ? LiteralPath : Path, isLiteral)
                .Select(file => GetSession(file, () => new TargetConnection(TargetFile.Open(file, cancellation: Cancellation)))),
        ];
    }

    // If the cmdlet reads files, the error does not end the pipeline, because the other files can still be read. Otherwise the error ends
    // the pipeline.
    private protected sealed override void ReportFatal(ErrorRecord error)
    {
        if (ReadsFiles) WriteError(error);
        else base.ReportFatal(error);
    }

    /// <summary>
    /// Returns the query. With several targets it runs on one thread per target, where the cmdlet must not write; warnings and errors go to
    /// the observer. An array is a batch of results, which are written one by one.
    /// </summary>
    private protected abstract IEnumerable<object> Query(
        IXenDataSource target,
        DomainSelection selection,
        IQueryObserver observer,
        CancellationToken cancellation);

    /// <summary>Gets the connections to other targets, with whose data the query compares this target; by default none.</summary>
    private protected virtual IReadOnlyList<TargetConnection> ComparedWith(IXenDataSource target) => [];

    /// <summary>Streams the results of the query on one target, on the thread of the pipeline.</summary>
    private protected void RunQuery(TargetSession session, DomainSelection selection)
    {
        session.PipelineWriter = null;
        if (!Open(session)) return;
        InvokeAndReportErrors(session, () =>
        {
            using var progress = session.Connection.IsRealTime ? ShowWatching(WatchSeconds) : null;
            foreach (var result in Read(session, selection)) WriteResult(result);
        });
    }

    /// <summary>Queries files one after the other, in their order.</summary>
    private protected virtual void RunFiles(IReadOnlyList<TargetSession> files, Func<TargetSession, DomainSelection> selectionOf)
    {
        foreach (var file in files)
        {
            RunQuery(file, selectionOf(file));
            file.Dispose();
        }
    }

    /// <summary>Queries the targets, each for its selection of domains.</summary>
    private protected void RunQueries(IReadOnlyList<TargetSession> targets, Func<TargetSession, DomainSelection> selectionOf)
    {
        if (targets.Count == 0) return;
        if (ReadsFiles && !HasPipedTargets)
        {
            RunFiles(targets, selectionOf);
            return;
        }
        if (targets is [var only])
        {
            RunQuery(only, selectionOf(only));
            return;
        }
        var isOver = false;
        try
        {
            using var progress = ShowWatching(WatchSeconds);
            TargetTaskPool.Run(
                targets,
                ThrottleLimit,
                (session, writer) => QueryTarget(session, writer, selectionOf(session)),
                Cancellation);
            isOver = true;
        }
        catch (OperationCanceledException) when (Cancellation.IsCancellationRequested)
        {
            // Ctrl+C was pressed. PowerShell itself ends the pipeline, so no error is reported here.
        }
        finally
        {
            // If isOver is false, the pipeline has ended early, for example because Select-Object -First has enough objects. Then the work
            // for the remaining targets is cancelled.
            if (!isOver) Cancel();
        }
    }

    /// <summary>
    /// Ends the pipeline with an error if more than one of -Target, -Path and -LiteralPath has a value, from the command line or the
    /// pipeline.
    /// </summary>
    private protected void RequireOneSource()
    {
        bool[] given = [Path.Length > 0, LiteralPath.Length > 0, HasPipedTargets || Target is { Length: > 0 }];
        if (given.Count(isGiven => isGiven) <= 1) return;
        ThrowTerminatingError(
            ErrorRecords.FromUse(
                "AmbiguousParameterSet",
                ErrorCategory.InvalidArgument,
                "-Target, -Path and -LiteralPath cannot be used together.",
                "Give one of them.",
                null));
    }

    private void WriteResult(object result)
    {
        if (result is not object[] batch)
        {
            WriteObject(result);
            return;
        }
        foreach (var item in batch) WriteObject(item);
    }

    private IEnumerable<object> Read(TargetSession session, DomainSelection selection)
    {
        session.Enlist(ComparedWith(session.Connection));
        return session.Read(Query(session.Connection, selection, session, session.Cancellation));
    }

    // Writes the results of one target. If the target cannot be queried, one error is written instead, and the other targets still return
    // results.
    private void QueryTarget(TargetSession session, PipelineWriter writer, DomainSelection selection) =>
        UseAmongOthers(session, writer, () =>
        {
            foreach (var result in Read(session, selection)) writer.WriteOutput(() => WriteResult(result));
        });
}
