namespace XenShared.PowerShell.FanOut;

/// <summary>Queues the output of one of several concurrent queries. The pipeline's thread writes it, in order.</summary>
internal sealed class PipelineWriter(object syncRoot, CancellationToken cancellation)
{
    // Enough results to keep the pipeline busy, but too few to fill the memory if it is slow.
    private const int MaximumPending = 64;

    private readonly Queue<(Action Act, bool IsAnswer, Action? Discard)> _queue = [];
    private int _pending;

    /// <summary>Gets the token that is cancelled when the pipeline no longer takes output.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>Gets a value indicating whether the query has ended. Its output may still be pending.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Gets a value indicating whether output is pending.</summary>
    public bool HasPending => _queue.Count > 0;

    /// <summary>Writes output beside the results, such as a warning. It never waits, so the caller may hold a target.</summary>
    public void WriteOutOfBand(Action act) => Enqueue(act, isAnswer: false, discard: null);

    /// <summary>Writes a result. Waits while too many results are pending.</summary>
    /// <param name="act">Writes the result on the pipeline's thread.</param>
    /// <param name="discard">Releases the resources of the result if it is not written.</param>
    /// <exception cref="OperationCanceledException">The pipeline no longer takes output. The caller releases the resources of the
    /// result.</exception>
    public void WriteOutput(Action act, Action? discard = null)
    {
        lock (syncRoot)
        {
            while (_pending >= MaximumPending && !cancellation.IsCancellationRequested) Monitor.Wait(syncRoot);
            cancellation.ThrowIfCancellationRequested();
            _pending++;
            Enqueue(act, isAnswer: true, discard);
        }
    }

    /// <summary>Runs a prompt on the pipeline's thread, and waits for the answer.</summary>
    /// <exception cref="OperationCanceledException">The pipeline no longer takes output.</exception>
    public T Prompt<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        WriteOutOfBand(() => answer.SetResult(question()));
        answer.Task.Wait(cancellation);
        return answer.Task.Result;
    }

    /// <summary>Takes the oldest pending output. The caller holds the lock.</summary>
    public Action Take()
    {
        var (act, isAnswer, _) = _queue.Dequeue();
        if (isAnswer && --_pending == MaximumPending - 1) Monitor.PulseAll(syncRoot);
        return act;
    }

    /// <summary>Releases results that were not written. The token is cancelled before, so no result follows.</summary>
    public void DiscardAll()
    {
        Action?[] left;
        lock (syncRoot)
        {
            left = [.. _queue.Select(entry => entry.Discard)];
            _queue.Clear();
        }
        foreach (var discard in left) discard?.Invoke();
    }

    public void End()
    {
        lock (syncRoot)
        {
            HasEnded = true;
            Monitor.PulseAll(syncRoot);
        }
    }

    private void Enqueue(Action act, bool isAnswer, Action? discard)
    {
        lock (syncRoot)
        {
            _queue.Enqueue((act, isAnswer, discard));
            Monitor.PulseAll(syncRoot);
        }
    }
}
