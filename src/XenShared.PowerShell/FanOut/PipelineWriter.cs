using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace XenShared.PowerShell.FanOut;

/// <summary>Queues the output of one of several concurrent queries. The pipeline's thread writes it, in order.</summary>
internal sealed class PipelineWriter(CancellationToken cancellation) : IDisposable
{
    // The maximum number of results that wait for the pipeline: enough to keep it busy, but too few to fill the memory if the pipeline is
    // slow. A result can be a batch of objects.
    private const int MaximumPending = 16;

    // The channel itself has no limit, so that a warning or an error never waits. The semaphore _room limits the number of results in it.
    private readonly Channel<Output> _outputs = Channel.CreateUnbounded<Output>();
    private readonly SemaphoreSlim _room = new(MaximumPending);
    private Task? _available;

    /// <summary>Gets the token that is cancelled when the pipeline no longer takes output.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>Gets a value indicating whether the query has ended and no output is pending.</summary>
    public bool HasEnded => _outputs.Reader.Completion.IsCompleted;

    /// <summary>Gets a value indicating whether output is pending.</summary>
    public bool HasPending => _outputs.Reader.TryPeek(out _);

    /// <summary>Gets a task that completes when output is pending or the query has ended. Only the pipeline's thread uses it.</summary>
    public Task Available =>
        _available is { IsCompleted: false } ? _available : _available = _outputs.Reader.WaitToReadAsync(CancellationToken.None).AsTask();

    /// <summary>Writes output other than a result, such as a warning. Never waits, so the caller may hold the lock of a target.</summary>
    public void WriteOutOfBand(Action act) => _outputs.Writer.TryWrite(new Output(act, null, IsResult: false));

    /// <summary>Writes a result. Waits while too many results are pending.</summary>
    /// <param name="act">Writes the result on the pipeline's thread.</param>
    /// <param name="discard">Releases the resources of the result if it is not written.</param>
    /// <exception cref="OperationCanceledException">The pipeline no longer takes output. The caller releases the resources of the
    /// result.</exception>
    public void WriteOutput(Action act, Action? discard = null)
    {
        _room.Wait(cancellation);
        if (!_outputs.Writer.TryWrite(new Output(act, discard, IsResult: true))) throw new OperationCanceledException(cancellation);
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

    /// <summary>Takes the oldest pending output.</summary>
    public bool TryTake([NotNullWhen(true)] out Action? act)
    {
        act = _outputs.Reader.TryRead(out var output) ? output.Act : null;
        if (output.IsResult) _room.Release();
        return act is not null;
    }

    /// <summary>Ends the output. Later output is discarded.</summary>
    public void End() => _outputs.Writer.TryComplete();

    /// <summary>Releases results that were not written.</summary>
    public void DiscardAll()
    {
        End();
        while (_outputs.Reader.TryRead(out var output)) output.Discard?.Invoke();
    }

    /// <inheritdoc/>
    public void Dispose() => _room.Dispose();

    private readonly record struct Output(Action Act, Action? Discard, bool IsResult);
}
