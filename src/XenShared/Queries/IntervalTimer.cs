namespace XenShared.Queries;

/// <summary>
/// Beats at a steady interval from the moment it was made: however long the work between two beats takes, the next one is due at a multiple
/// of the interval from the start, so that nothing drifts. Beats that have passed meanwhile are left out.
/// </summary>
internal sealed class IntervalTimer(TimeProvider time, TimeSpan interval)
{
    private readonly long _start = time.GetTimestamp();
    private long _beat;

    /// <summary>Since it was made.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_start);

    /// <summary>Gets when the next beat is due, from the start.</summary>
    public TimeSpan Next => interval * NextBeat;

    // A timer may be a hair early; the beat that it was for is over all the same.
    private long NextBeat => interval <= TimeSpan.Zero ? _beat + 1 : Math.Max(_beat + 1, (long)Math.Ceiling(Elapsed / interval));

    /// <summary>Waits for the next beat, but not beyond a moment.</summary>
    /// <param name="limit">The moment, from the start; null for none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="OperationCanceledException">Cancelled meanwhile; it does not wait any longer then.</exception>
    public void Wait(TimeSpan? limit, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        _beat = NextBeat;
        var due = interval * _beat;
        var left = (limit < due ? limit.Value : due) - Elapsed;
        if (left > TimeSpan.Zero) Task.Delay(left, time, cancellation).GetAwaiter().GetResult();
    }
}
