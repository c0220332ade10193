using System.ComponentModel;
using System.Management.Automation;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.FanOut;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>Represents a cmdlet that streams the results of a query on one target, or on many at the same time.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class DomainQueryCmdletBase : DomainCmdletBase
{
    internal const int StandardThrottleLimit = 64;

    /// <summary>Gets the number of targets to query at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int ThrottleLimit { get; set; } = StandardThrottleLimit;

    /// <summary>Gets the time in seconds that the query samples a live target before its first result.</summary>
    private protected virtual double WatchSeconds => 0;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!TakePipedTargets() && GetDomIds() is { } numbers) RunQueries(GetSessions(), _ => numbers);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (HasPipedTargets && (IsDomIdGiven ? GetDomIds() : []) is { } numbers) RunQueries(GetSessions(), _ => numbers);
    }

    /// <summary>
    /// Returns the query. With several targets it runs on one thread per target, where the cmdlet must not write; warnings and errors go to
    /// the observer.
    /// </summary>
    private protected abstract IEnumerable<object> Query(
        IXenDataSource target,
        DomainSelection selection,
        IQueryObserver observer,
        CancellationToken cancellation);

    /// <summary>Gets the other connections that the query uses.</summary>
    private protected virtual IReadOnlyList<TargetConnection> ComparedWith(IXenDataSource target) => [];

    /// <summary>Streams the results of the query on the only target of this pipeline.</summary>
    private protected void Stream(TargetSession session, IReadOnlyList<ushort> numbers)
    {
        using var progress = session.Connection.IsRealTime ? ShowWatching(WatchSeconds) : null;
        foreach (var result in Read(session, numbers)) WriteObject(result);
    }

    /// <summary>Queries the targets, each for the given domain numbers; no numbers means all domains.</summary>
    private protected void RunQueries(IReadOnlyList<TargetSession> targets, Func<TargetSession, IReadOnlyList<ushort>> numbersOf)
    {
        if (targets.Count == 0) return;
        if (targets is [var only])
        {
            only.PipelineWriter = null;
            Open(only);
            InvokeAndReportErrors(only, () => Stream(only, numbersOf(only)));
            return;
        }
        var isOver = false;
        try
        {
            using var progress = ShowWatching(WatchSeconds);
            TargetTaskPool.Run(targets, ThrottleLimit, (session, writer) => QueryTarget(session, writer, numbersOf(session)), Cancellation);
            isOver = true;
        }
        catch (OperationCanceledException) when (Cancellation.IsCancellationRequested)
        {
            // Ctrl+C: PowerShell itself ends the pipeline.
        }
        finally
        {
            // A later command, such as Select-Object -First, needs no more: the remaining sessions are released.
            if (!isOver) Cancel();
        }
    }

    private IEnumerable<object> Read(TargetSession session, IReadOnlyList<ushort> numbers)
    {
        session.Enlist(ComparedWith(session.Connection));
        return session.Read(Query(session.Connection, SelectDomains(numbers), session, session.Cancellation));
    }

    // A target that cannot be queried is one error; the others still return results.
    private void QueryTarget(TargetSession session, PipelineWriter writer, IReadOnlyList<ushort> numbers)
    {
        session.PipelineWriter = writer;
        try
        {
            if (!session.TryOpen()) writer.WriteOutOfBand(() => WriteError(ErrorRecords.Disconnected((XenTarget)session.Source)));
            else foreach (var result in Read(session, numbers)) writer.WriteOutput(() => WriteObject(result));
        }
        catch (XenException error)
        {
            writer.WriteOutOfBand(() => WriteError(session.Record(error)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            writer.WriteOutOfBand(() =>
                WriteError(ErrorRecords.FromFile(error, (session.Source as XenTarget)?.Path ?? session.Source.ToString()!)));
        }
        catch (OperationCanceledException) when (!Cancellation.IsCancellationRequested && session.Disconnection is { } error)
        {
            writer.WriteOutOfBand(() => WriteError(error));
        }
    }
}
