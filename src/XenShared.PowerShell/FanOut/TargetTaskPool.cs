using System.Runtime.ExceptionServices;

namespace XenShared.PowerShell.FanOut;

/// <summary>
/// Runs the same work for several targets at the same time, each on its own thread, and writes their output on the pipeline's thread, the
/// only one from which PowerShell accepts it. The oldest output is written first. However, the output of one target is drained for as long
/// as it keeps coming, so that a table does not need a new heading for each row.
/// </summary>
internal sealed class TargetTaskPool
{
    // After this time without output, the output of another target is written.
    private static readonly TimeSpan s_idleTimeout = TimeSpan.FromMilliseconds(50);

    private readonly object _syncRoot = new();
    private readonly CancellationToken _cancellation;
    private readonly PipelineWriter[] _writers;
    private PipelineWriter? _current;

    private TargetTaskPool(int count, CancellationToken cancellation)
    {
        _cancellation = cancellation;
        _writers = new PipelineWriter[count];
        for (var index = 0; index < count; index++) _writers[index] = new PipelineWriter(_syncRoot, cancellation);
    }

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
        // Not disposed, because work that is still running uses it later.
        var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var together = new TargetTaskPool(all.Count, ending.Token);
        using var wake = cancellation.Register(together.Wake);
        var next = -1;
        for (var worker = 0; worker < Math.Min(limit, all.Count); worker++)
        {
            new Thread(() =>
            {
                while (Interlocked.Increment(ref next) is var index && index < all.Count) Work(all[index], together._writers[index], work);
            })
            {
                IsBackground = true,
                Name = "XenShared side by side",
            }.Start();
        }
        try
        {
            while (together.Next() is { } act) act();
        }
        finally
        {
            // In every case (also Ctrl+C, and Select-Object -First, which throws an exception), all work is cancelled and results that were
            // not written are released.
            ending.Cancel();
            foreach (var writer in together._writers) writer.DiscardAll();
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
            // The output is no longer taken.
        }
        catch (Exception error)
        {
            // An exception on this thread would end the process.
            writer.WriteOutOfBand(ExceptionDispatchInfo.Capture(error).Throw);
        }
        finally
        {
            writer.End();
        }
    }

    private void Wake()
    {
        lock (_syncRoot) Monitor.PulseAll(_syncRoot);
    }

    // Returns the next output; null when all work has ended.
    private Action? Next()
    {
        lock (_syncRoot)
        {
            var silentSince = Environment.TickCount64;
            while (true)
            {
                _cancellation.ThrowIfCancellationRequested();
                if (_current is { HasPending: true }) return _current.Take();
                var remaining = s_idleTimeout.TotalMilliseconds - (Environment.TickCount64 - silentSince);
                if (_current is { HasEnded: false } && remaining > 0)
                {
                    Monitor.Wait(_syncRoot, (int)remaining + 1);
                    continue;
                }
                _current = Array.Find(_writers, writer => writer.HasPending);
                if (_current is not null) continue;
                if (Array.TrueForAll(_writers, writer => writer.HasEnded)) return null;
                Monitor.Wait(_syncRoot);
            }
        }
    }
}
