namespace XenShared.PowerShell.FanOut;

/// <summary>Queues the output of one of several concurrent queries. The pipeline's thread writes it, in order.</summary>
internal sealed class PipelineWriter(object syncRoot, CancellationToken cancellation)
{
    // Enough to keep the pipeline busy while the next answers come; not enough to fill memory while it is slow.
    private const int MaximumPending = 64;

    private readonly Queue<(Action Act, bool IsAnswer, Action? Discard)> _queue = [];
    private int _pending;

    /// <summary>Cancelled when nobody listens any more.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>Gets a value indicating whether it has ended; what it said may be unheard still.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Gets a value indicating whether something is unheard.</summary>
    public bool HasPending => _queue.Count > 0;

    /// <summary>Says something beside the answers: never waits, so it may be said while a target is held.</summary>
    public void WriteOutOfBand(Action act) => Enqueue(act, isAnswer: false, discard: null);

    /// <summary>Gives an answer; waits while too many are unheard.</summary>
    /// <param name="act">Gives it.</param>
    /// <param name="discard">Gives back what the answer holds, when nobody takes it.</param>
    /// <exception cref="OperationCanceledException">Nobody listens any more; the caller gives back what the answer holds.</exception>
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

    /// <summary>Asks something that only the pipeline can answer, and waits for it.</summary>
    /// <exception cref="OperationCanceledException">Nobody answers any more.</exception>
    public T Prompt<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        WriteOutOfBand(() => answer.SetResult(question()));
        answer.Task.Wait(cancellation);
        return answer.Task.Result;
    }

    /// <summary>Takes what was said first. The caller holds the board.</summary>
    public Action Take()
    {
        var (act, isAnswer, _) = _queue.Dequeue();
        if (isAnswer && --_pending == MaximumPending - 1) Monitor.PulseAll(syncRoot);
        return act;
    }

    /// <summary>Gives back what was not taken. The token is cancelled by now, so that no answer comes after.</summary>
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
