using System.ComponentModel;
using System.Management.Automation;
using XenShared.PowerShell.Errors;
using XenShared.PowerShell.FanOut;
using XenShared.PowerShell.Progress;
using XenShared.PowerShell.Session;
using XenShared.Queries;
using XenShared.Targets;

namespace XenShared.PowerShell.Commands.Base;

/// <summary>A cmdlet that streams what a query over domains finds, on one target or on many at the same time.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public abstract class DomainQueryCmdletBase : DomainCmdletBase
{
    internal const int StandardThrottleLimit = 64;

    /// <summary>Gets how many targets are asked at the same time.</summary>
    [Parameter]
    [ValidateRange(1, 1024)]
    public int ThrottleLimit { get; set; } = StandardThrottleLimit;

    /// <summary>Gets how long the query watches a live target before it answers, in seconds.</summary>
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
    /// Returns the query itself. With several targets it runs on a thread of its own for each, where the cmdlet must not write: what it has
    /// to say beside its results goes to the observer.
    /// </summary>
    private protected abstract IEnumerable<object> Query(
        IXenDataSource target,
        DomainSelection selection,
        IQueryObserver observer,
        CancellationToken cancellation);

    /// <summary>Gets the other connections that the query uses together with the target.</summary>
    private protected virtual IReadOnlyList<TargetConnection> ComparedWith(IXenDataSource target) => [];

    /// <summary>Writes what the query finds, one by one, on a target that is the only one of this pipeline.</summary>
    private protected void Stream(TargetSession session, IReadOnlyList<ushort> numbers)
    {
        using var progress = ShowWatching([session], WatchSeconds);
        foreach (var result in Read(session, numbers)) WriteObject(result);
    }

    /// <summary>Asks targets, each for the domains of the numbers that it is given; none means all of them.</summary>
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
            using var progress = WatchProgress.Show(WriteProgress, WatchSeconds, Cancellation);
            TargetTaskPool.Run(targets, ThrottleLimit, (session, writer) => QueryTarget(session, writer, numbersOf(session)), Cancellation);
            isOver = true;
        }
        catch (OperationCanceledException) when (Cancellation.IsCancellationRequested)
        {
            // Ctrl+C: PowerShell itself ends the pipeline.
        }
        finally
        {
            // Who comes after wants no more: those that are still asked are let go.
            if (!isOver) Cancel();
        }
    }

    private IEnumerable<object> Read(TargetSession session, IReadOnlyList<ushort> numbers)
    {
        session.Enlist(ComparedWith(session.Connection));
        return session.Read(Query(session.Connection, SelectDomains(numbers), session, session.Cancellation));
    }

    // One target that cannot be asked is one error, and the others answer.
    private void QueryTarget(TargetSession session, PipelineWriter writer, IReadOnlyList<ushort> numbers)
    {
        session.PipelineWriter = writer;
        try
        {
            if (!session.TryOpen()) writer.WriteOutOfBand(() => WriteError(TargetChoice.Disconnected((XenTarget)session.Source)));
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
