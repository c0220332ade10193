using System.Runtime.ExceptionServices;

namespace XenShared.PowerShell.FanOut;

/// <summary>
/// Runs the same work for several targets at the same time, each on its own thread, and writes their output on the pipeline's thread, the
/// only one from which PowerShell accepts it. The oldest output is written first. However, the output of one target is drained for as long
/// as it keeps coming, so that a table does not need a new heading for each row.
/// </summary>
internal static class TargetTaskPool
{
    // Output is written from one target at a time. If this target produces no output for this time, the output of another target is
    // written.
    private static readonly TimeSpan s_idleTimeout = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Runs until all work has ended or is cancelled. On cancellation it does not wait for running work, which ends when it observes the
    /// token.
    /// </summary>
    /// <param name="all">The targets.</param>
    /// <param name="limit">The number of targets to process at the same time.</param>
    /// <param name="work">The work for one target. Its exceptions are rethrown here.</param>
    /// <param name="cancellation">Cancels the work.</param>
    /// <exception cref="OperationCanceledException">The work was cancelled.</exception>
    public static void Run<T>(IReadOnlyList<T> all, int limit, Action<T, PipelineWriter> work, CancellationToken cancellation)
    {
        var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var writers = all.Select(_ => new PipelineWriter(ending.Token)).ToArray();
        var workers = new Task[Math.Min(limit, all.Count)];
        var next = -1;
        for (var worker = 0; worker < workers.Length; worker++)
        {
            // The work blocks its thread for a long time, so each worker has its own thread and takes none from the thread pool.
            workers[worker] = Task.Factory.StartNew(
                RunWorker, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        try
        {
            foreach (var act in Drain(writers, ending.Token)) act();
        }
        finally
        {
            // This block also runs after Ctrl+C, and after Select-Object -First, which throws an exception. Workers can still be running
            // then, so the writers are disposed only after the last worker has ended.
            ending.Cancel();
            foreach (var writer in writers) writer.DiscardAll();
            _ = Task.WhenAll(workers).ContinueWith(_ => Dispose(), TaskScheduler.Default);
        }

        void RunWorker()
        {
            while (!ending.IsCancellationRequested && Interlocked.Increment(ref next) is var index && index < all.Count)
                Work(all[index], writers[index], work);
        }

        void Dispose()
        {
            foreach (var writer in writers) writer.Dispose();
            ending.Dispose();
        }
    }

    private static void Work<T>(T item, PipelineWriter writer, Action<T, PipelineWriter> work)
    {
        try
        {
            work(item, writer);
        }
        catch (OperationCanceledException)
        {
            // The pipeline takes no more output, so the work was cancelled. That is no error.
        }
        catch (Exception error)
        {
            // Passes the error to the thread of the pipeline, which throws it again.
            writer.WriteOutOfBand(ExceptionDispatchInfo.Capture(error).Throw);
        }
        finally
        {
            writer.End();
        }
    }

    private static IEnumerable<Action> Drain(PipelineWriter[] writers, CancellationToken cancellation)
    {
        PipelineWriter? current = null;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (current is not null && current.TryTake(out var act))
            {
                yield return act;
                continue;
            }
            if (current is { HasEnded: false } && current.Available.Wait(s_idleTimeout, cancellation)) continue;
            current = Array.Find(writers, writer => writer.HasPending);
            if (current is not null) continue;
            var running = Array.FindAll(writers, writer => !writer.HasEnded);
            if (running.Length == 0) yield break;
            Task.WaitAny(Array.ConvertAll(running, writer => writer.Available), cancellation);
        }
    }
}
