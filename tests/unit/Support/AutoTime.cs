namespace XenShared.Tests.Support;

/// <summary>A clock for tests: whoever waits finds that the time has passed already.</summary>
internal sealed class AutoTime : TimeProvider
{
    private long _ticks;

    /// <summary>What was waited for, one after the other.</summary>
    public List<TimeSpan> Waits { get; } = [];

    /// <summary>Runs while somebody waits, before the time is up; null for nothing.</summary>
    public Action? WhileWaiting { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => Some.Start.AddTicks(_ticks);

    /// <summary>Work that takes time.</summary>
    public void Pass(TimeSpan time) => _ticks += time.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Waits.Add(dueTime);
        WhileWaiting?.Invoke();
        Pass(dueTime);
        // As a real one: not before the caller has its timer in hand.
        ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new Timer();
    }

    private sealed class Timer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
            // It has expired.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
