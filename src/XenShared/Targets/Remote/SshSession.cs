namespace XenShared.Targets.Remote;

/// <summary>Runs commands on a host over one connection, which is made anew when it has gone.</summary>
internal sealed class SshSession(SshDestination destination) : IDisposable
{
    // Those that are open, so that the end of the process closes them as well.
    private static readonly HashSet<SshSession> s_open = [];

    private SshMaster? _master;
    private bool _isClosed;

    static SshSession() => AppDomain.CurrentDomain.ProcessExit += (_, _) => CloseAll();

    /// <summary>What ssh said last about the connection itself.</summary>
    public string? LastWords => _master?.LastWords;

    /// <summary>Starts a command.</summary>
    /// <param name="command">As the shell there shall read it.</param>
    /// <param name="cancellation">Ends connecting.</param>
    /// <exception cref="XenException"><see cref="XenErrorId.HostUnreachable"/>.</exception>
    public SshChannel Start(string command, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        // Windows' ssh cannot share connections: there each command has one of its own.
        var options = OperatingSystem.IsWindows() ? ["-o", "ControlPath=none"] : Master(cancellation).ChannelOptions;
        return SshChannel.Start(SshProgram.Prepare(destination, options, command));
    }

    public void Dispose()
    {
        _isClosed = true;
        lock (s_open) s_open.Remove(this);
        _master?.Dispose();
        _master = null;
    }

    private static void CloseAll()
    {
        SshSession[] open;
        lock (s_open) open = [.. s_open];
        foreach (var session in open) session.Dispose();
    }

    private SshMaster Master(CancellationToken cancellation)
    {
        if (_master is { IsAlive: false })
        {
            _master.Dispose();
            _master = null;
        }
        if (_master is not null) return _master;
        _master = SshMaster.Connect(destination, cancellation);
        lock (s_open) s_open.Add(this);
        return _master;
    }
}
