using System.Runtime.ExceptionServices;

namespace XenShared.PowerShell.FanOut;

/// <summary>
/// Does the same for several at the same time, each on a thread of its own, and brings what they say to the thread of the pipeline, the
/// only one that PowerShell takes it from. What comes first is heard first, but who has begun is heard on while it goes on speaking: views
/// need a new heading at each change.
/// </summary>
internal sealed class TargetTaskPool
{
    // As long a silence lets others speak.
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
    /// Runs to the end, or until it is called off. Then those that are under way are not waited for: each ends when it sees the
    /// cancellation.
    /// </summary>
    /// <param name="all">Who.</param>
    /// <param name="limit">How many at the same time.</param>
    /// <param name="work">What each does on its thread; what it throws is thrown here.</param>
    /// <param name="cancellation">Calls it off.</param>
    /// <exception cref="OperationCanceledException">It was called off.</exception>
    public static void Run<T>(IReadOnlyList<T> all, int limit, Action<T, PipelineWriter> work, CancellationToken cancellation)
    {
        // Not disposed: those who are under way when this ends look at it later.
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
            // However it ends (Ctrl+C, or Select-Object -First, which ends it with an exception): nobody goes on, and what nobody takes is
            // given back.
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
            // Nobody listens.
        }
        catch (Exception error)
        {
            // On a thread that nobody waits for it would end the process.
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

    // The next thing that was said; null when all have ended.
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
