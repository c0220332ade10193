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
        if (!TakePipedTargets() && AskedNumbers() is { } numbers) RunQueries(AskedTargets(), _ => numbers);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (HasPipedTargets && (IsDomIdGiven ? AskedNumbers() : []) is { } numbers) RunQueries(AskedTargets(), _ => numbers);
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
    private protected void Stream(TargetSession asked, IReadOnlyList<ushort> numbers)
    {
        using var progress = ShowWatching([asked], WatchSeconds);
        foreach (var result in Read(asked, numbers)) WriteObject(result);
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
            TargetTaskPool.Run(targets, ThrottleLimit, (asked, writer) => AskOne(asked, writer, numbersOf(asked)), Cancellation);
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

    private IEnumerable<object> Read(TargetSession asked, IReadOnlyList<ushort> numbers)
    {
        asked.Enlist(ComparedWith(asked.Connection));
        return asked.Read(Query(asked.Connection, SelectDomains(numbers), asked, asked.Cancellation));
    }

    // One target that cannot be asked is one error, and the others answer.
    private void AskOne(TargetSession asked, PipelineWriter writer, IReadOnlyList<ushort> numbers)
    {
        asked.PipelineWriter = writer;
        try
        {
            if (!asked.TryOpen()) writer.WriteOutOfBand(() => WriteError(TargetChoice.Disconnected((XenTarget)asked.Source)));
            else foreach (var result in Read(asked, numbers)) writer.WriteOutput(() => WriteObject(result));
        }
        catch (XenException error)
        {
            writer.WriteOutOfBand(() => WriteError(asked.Record(error)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            writer.WriteOutOfBand(() =>
                WriteError(ErrorRecords.FromFile(error, (asked.Source as XenTarget)?.Path ?? asked.Source.ToString()!)));
        }
        catch (OperationCanceledException) when (!Cancellation.IsCancellationRequested && asked.Disconnection is { } error)
        {
            writer.WriteOutOfBand(() => WriteError(error));
        }
    }
}
