namespace XenShared.Queries;

/// <summary>
/// Waits for multiples of an interval since its creation, so that times do not drift, however long the work between them takes. Times that
/// have passed are skipped.
/// </summary>
internal sealed class IntervalTimer(TimeProvider time, TimeSpan interval)
{
    private readonly long _start = time.GetTimestamp();
    private long _tick;

    /// <summary>Gets the time since creation.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    /// <summary>Gets the next multiple of the interval, from the start.</summary>
    public TimeSpan Next => interval * NextTick;

    // A timer can fire slightly early; its interval still counts as complete.
    private long NextTick => interval <= TimeSpan.Zero ? _tick + 1 : Math.Max(_tick + 1, (long)Math.Ceiling(Elapsed / interval));

    /// <summary>Waits for the next multiple of the interval, but not beyond a limit.</summary>
    /// <param name="limit">The limit, from the start; null for none.</param>
    /// <param name="cancellation">Cancels the wait.</param>
    /// <exception cref="OperationCanceledException">Cancelled, which ends the wait immediately.</exception>
    public void Wait(TimeSpan? limit, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _tick = NextTick;
        var due = interval * _tick;
        var left = (limit < due ? limit.Value : due) - Elapsed;
        time.Wait(left, cancellation);
    }
}
