namespace XenShared.Targets.Remote;

/// <summary>Runs commands on a host over one connection, and connects again if it has ended. Any thread may dispose it.</summary>
internal sealed class SshSession(SshDestination destination) : IDisposable
{
    // All open sessions. When this process ends, CloseAll closes them.
    private static readonly HashSet<SshSession> s_open = [];

    private readonly object _lock = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly HashSet<SshChannel> _channels = [];
    private SshMaster? _master;

    static SshSession() => AppDomain.CurrentDomain.ProcessExit += (_, _) => CloseAll();

    /// <summary>Gets the last error line of ssh about the connection; null if there is none.</summary>
    public string? LastErrorLine => Volatile.Read(ref _master)?.LastErrorLine;

    /// <summary>Starts a command, which ends when the channel or this session is disposed.</summary>
    /// <param name="command">The command, quoted for the remote shell.</param>
    /// <param name="cancellation">Cancels connecting.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>.</exception>
    /// <exception cref="OperationCanceledException">Cancelled, or the session is closed.</exception>
    public SshChannel Start(string command, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _closing.Token);
        lock (_lock)
        {
            ending.Token.ThrowIfCancellationRequested();
            // ssh on Windows cannot share a connection, so there each command has a connection of its own.
            var options = OperatingSystem.IsWindows() ? ["-o", "ControlPath=none"] : Master(ending.Token).ChannelOptions;
            var channel = SshChannel.Start(SshProgram.Prepare(destination, options, command), Forget);
            _channels.Add(channel);
            return channel;
        }
    }

    public void Dispose()
    {
        // Another thread may be connecting, and holds the lock until it observes the cancellation. So the cancellation comes before the
        // lock is taken.
        _closing.Cancel();
        lock (_lock)
        {
            // A channel is only killed here. The thread that reads its output sees that it has ended, and disposes it.
            foreach (var channel in _channels) channel.Kill();
            _master?.Dispose();
            _master = null;
        }
        lock (s_open) s_open.Remove(this);
    }

    private static void CloseAll()
    {
        SshSession[] open;
        lock (s_open) open = [.. s_open];
        foreach (var session in open) session._closing.Cancel();
        Parallel.ForEach(open, session => session.Dispose());
    }

    private void Forget(SshChannel channel)
    {
        lock (_lock) _channels.Remove(channel);
    }

    private SshMaster Master(CancellationToken cancellation)
    {
        if (_master is { IsAlive: false })
        {
            _master.Dispose();
            _master = null;
        }
        if (_master is not null) return _master;
        lock (s_open) s_open.Add(this);
        _master = SshMaster.Connect(destination, cancellation);
        return _master;
    }
}
