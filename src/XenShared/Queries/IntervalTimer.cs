namespace XenShared.Queries;

/// <summary>
/// Waits for multiples of an interval, counted from the creation of the timer. So the times do not drift, however long the work between two
/// waits takes. A multiple that has passed is skipped.
/// </summary>
internal sealed class IntervalTimer(TimeProvider time, TimeSpan interval)
{
    private readonly long _start = time.GetTimestamp();
    private long _tick;

    /// <summary>Gets the time since creation.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    /// <summary>Gets the time of the next multiple of the interval, counted from the creation of the timer.</summary>
    public TimeSpan Next => interval * NextTick;

    // Returns the number of the next multiple of the interval. A wait can end slightly too early, and rounding up would then return the
    // number of the last multiple (_tick) again. So the result is at least _tick + 1.
    private long NextTick => interval <= TimeSpan.Zero ? _tick + 1 : Math.Max(_tick + 1, (long)Math.Ceiling(Elapsed / interval));

    /// <summary>Waits for the next multiple of the interval, but not beyond a limit.</summary>
    /// <param name="limit">The latest end of the wait, counted from the creation of the timer; null for none.</param>
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
