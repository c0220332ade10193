namespace XenShared.Tests.Support;

/// <summary>Provides a clock for tests, whose time passes immediately in every wait.</summary>
internal sealed class AutoTime : TimeProvider
{
    private long _ticks;

    /// <summary>Gets the times that were waited for, in order.</summary>
    public List<TimeSpan> Waits { get; } = [];

    /// <summary>Gets or sets the callback that runs during a wait, before the time has passed; null for none.</summary>
    public Action? WhileWaiting { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public override DateTimeOffset GetUtcNow() => Some.Start.AddTicks(_ticks);

    /// <summary>Advances the time, as work does.</summary>
    public void Pass(TimeSpan time) => _ticks += time.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Waits.Add(dueTime);
        WhileWaiting?.Invoke();
        Pass(dueTime);
        // Like a real timer, it does not fire before the caller has a reference to it.
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
