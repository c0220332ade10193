using System.Diagnostics;

namespace XenShared.Targets;

/// <summary>
/// Owns one open connection: the target, the lock that lets one thread at a time use it, and the number of those who hold it. The target is
/// closed when the connection is closed or nobody holds it any more, and never while a thread is inside: then the last thread that leaves
/// closes it.
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

    /// <summary>Takes over an open target, which the caller then holds once.</summary>
    public TargetConnection(IXenDataSource target)
    {
        ArgumentNullException.ThrowIfNull(target);
        Target = target;
        Number = Interlocked.Increment(ref s_last);
    }

    /// <summary>
    /// Gets the target. What it only knows, such as its name, may be read at any time; it is asked between <see cref="Enter"/> and
    /// <see cref="Exit"/>.
    /// </summary>
    public IXenDataSource Target { get; }

    /// <summary>
    /// Gets the number of the connection. A thread that needs several enters the lowest first, so that no two threads wait for each other.
    /// </summary>
    public long Number { get; }

    /// <summary>Gets whether the connection is closed, so that nobody can enter it.</summary>
    public bool IsClosed
    {
        get
        {
            lock (_sync) return _isClosed;
        }
    }

    /// <summary>Gets a token that is cancelled when the connection is closed, for those who are inside.</summary>
    public CancellationToken Closing => _closing.Token;

    /// <summary>Holds the connection once more; false when it is closed.</summary>
    public bool TryAddRef()
    {
        lock (_sync)
        {
            if (_isClosed) return false;
            _references++;
            return true;
        }
    }

    /// <summary>Lets the connection go; the last one to do so closes it.</summary>
    public void Dispose()
    {
        lock (_sync)
        {
            if (_references == 0 || --_references > 0) return;
        }
        Close(TimeSpan.Zero);
    }

    /// <summary>
    /// Closes the connection for all who hold it: nobody enters any more, those who are inside are asked to end, and they are waited for.
    /// One that is inside for longer closes the target when it leaves.
    /// </summary>
    /// <param name="limit">How long is waited.</param>
    /// <returns>Whether the target is closed by now.</returns>
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
        var clock = Stopwatch.StartNew();
        lock (_sync)
        {
            // A thread that is inside itself would wait for ever.
            while (
                !_hasEnded
                && _owner != Thread.CurrentThread
                && !_suspended.Contains(Thread.CurrentThread)
                && limit - clock.Elapsed is var left
                && left > TimeSpan.Zero)
                Monitor.Wait(_sync, left);
            return _hasEnded;
        }
    }

    /// <summary>
    /// Waits until no other thread is inside, and keeps others out until <see cref="Exit"/>. A thread may enter several times.
    /// </summary>
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

    /// <summary>Lets others in.</summary>
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

    /// <summary>Asks the target something.</summary>
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
    /// Lets others in while work is done that may wait for them, such as writing into a pipeline; a thread that is not inside just does it.
    /// The target stays open meanwhile, also when the connection is closed, so that what has begun can be finished.
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

    // True for the one who has to close the target.
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
