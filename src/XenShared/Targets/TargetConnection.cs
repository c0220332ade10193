
namespace XenShared.Targets;

/// <summary>
/// Owns an open connection: the target, its lock, and its reference count. The target is closed when the connection is closed or the
/// reference count is zero, but never while a thread holds the lock. In that case the last thread closes it when it releases the lock.
/// </summary>
public sealed class TargetConnection : IDisposable
{
    private static long s_last;

    private readonly object _sync = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly List<Thread> _suspended = [];
    private Thread? _owner;
    private int _depth;
    private int _users;
    private int _references = 1;
    private bool _isClosed;
    private bool _isGivenUp;
    private bool _hasEnded;

    /// <summary>Takes ownership of an open target, with one reference for the caller.</summary>
    public TargetConnection(IXenDataSource target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Target = target;
        Number = Interlocked.Increment(ref s_last);
    }

    /// <summary>
    /// Gets the target. Its stored properties, such as its name, may be read at any time; other members are used between
    /// <see cref="Enter"/> and <see cref="Exit"/>.
    /// </summary>
    public IXenDataSource Target { get; }

    /// <summary>
    /// Gets the number of the connection. A thread that needs several locks them in ascending order, so that no two threads wait for each
    /// other.
    /// </summary>
    public long Number { get; }

    /// <summary>Gets a value indicating whether the connection is closed.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_sync) return _isClosed;
        }
    }

    /// <summary>Gets the token that is cancelled when the connection is closed, for threads that hold the lock.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Adds a reference; false if the connection is closed.</summary>
    public bool TryAddRef()
    {
        lock (_sync)
        {
            if (_isClosed) return false;
            _references++;
            return true;
        }
    }

    /// <summary>Releases a reference. The last one closes the target.</summary>
    public void Dispose()
    {
        lock (_sync)
        {
            if (_references == 0 || --_references > 0) return;
        }
        Close(TimeSpan.Zero);
    }

    /// <summary>
    /// Closes the connection for all users: no thread can take the lock, the thread that holds it is cancelled, and this method waits for
    /// it. If that takes longer than the limit, that thread closes the target when it releases the lock.
    /// </summary>
    /// <param name="limit">The maximum time to wait.</param>
    /// <returns>True if the target is closed.</returns>
    public bool Close(TimeSpan limit)
    {
        bool isFirst;
        lock (_sync)
        {
            isFirst = !_isClosed;
            _isClosed = true;
            Monitor.PulseAll(_sync);
        }
        if (isFirst)
        {
            _closing.Cancel();
            Target.Cancel();
        }
        if (TryGiveUp()) CloseTarget();
        var start = TimeProvider.System.GetTimestamp();
        lock (_sync)
        {
            // A thread that holds the lock itself does not wait: the target is closed only after this thread has released the lock, so the
            // wait would always last until the limit.
            while (!_hasEnded
                && _owner != Thread.CurrentThread
                && !_suspended.Contains(Thread.CurrentThread)
                && limit - TimeProvider.System.GetElapsedTime(start) is var left
                && left > TimeSpan.Zero)
                Monitor.Wait(_sync, left);
            return _hasEnded;
        }
    }

    /// <summary>Takes the lock until <see cref="Exit"/>. A thread can take it several times.</summary>
    /// <exception cref="OperationCanceledException">Cancelled, or the connection is closed.</exception>
    public void Enter(CancellationToken cancellation = default)
    {
        using var wake = cancellation.Register(Wake);
        lock (_sync)
        {
            while (!_isClosed && _owner is not null && _owner != Thread.CurrentThread && !cancellation.IsCancellationRequested)
                Monitor.Wait(_sync);
            cancellation.ThrowIfCancellationRequested();
            if (_isClosed) throw new OperationCanceledException("The connection has been closed.", _closing.Token);
            if (_depth++ > 0) return;
            _owner = Thread.CurrentThread;
            _users++;
        }
    }

    /// <summary>Releases the lock.</summary>
    public void Exit()
    {
        lock (_sync)
        {
            if (_owner != Thread.CurrentThread) throw new SynchronizationLockException();
            if (--_depth > 0) return;
            _owner = null;
            _users--;
            Monitor.PulseAll(_sync);
        }
        if (TryGiveUp()) CloseTarget();
    }

    /// <summary>Runs a function on the target while holding the lock.</summary>
    /// <exception cref="OperationCanceledException">Cancelled, or the connection is closed.</exception>
    public T Use<T>(Func<IXenDataSource, T> work, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        Enter(cancellation);
        try
        {
            return work(Target);
        }
        finally
        {
            Exit();
        }
    }

    /// <summary>
    /// Releases the lock during work that may wait for other threads, such as writing to the pipeline. A thread that does not hold the lock
    /// just runs the work. The target stays open during this time, even if the connection is closed, so that a sequence that has begun can
    /// be finished.
    /// </summary>
    public void RunOutside(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        int depth;
        lock (_sync)
        {
            depth = _owner == Thread.CurrentThread ? _depth : 0;
            if (depth > 0)
            {
                (_owner, _depth) = (null, 0);
                _suspended.Add(Thread.CurrentThread);
                Monitor.PulseAll(_sync);
            }
        }
        try
        {
            work();
        }
        finally
        {
            if (depth > 0) Return(depth);
        }
    }

    private void Return(int depth)
    {
        lock (_sync)
        {
            while (_owner is not null) Monitor.Wait(_sync);
            (_owner, _depth) = (Thread.CurrentThread, depth);
            _suspended.Remove(Thread.CurrentThread);
        }
    }

    // Returns true if the caller must close the target: the connection is closed, and no thread uses the target any more. Returns true only
    // once, so that the target is closed only once.
    private bool TryGiveUp()
    {
        lock (_sync)
        {
            if (!_isClosed || _users > 0 || _isGivenUp) return false;
            return _isGivenUp = true;
        }
    }

    private void CloseTarget()
    {
        try
        {
            Target.Dispose();
        }
        finally
        {
            lock (_sync)
            {
                _hasEnded = true;
                Monitor.PulseAll(_sync);
            }
        }
    }

    private void Wake()
    {
        lock (_sync) Monitor.PulseAll(_sync);
    }
}
