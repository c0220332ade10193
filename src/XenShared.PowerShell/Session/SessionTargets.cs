using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using XenShared.PowerShell.Errors;
using XenShared.Targets;

namespace XenShared.PowerShell.Session;

/// <summary>
/// Holds the targets of a session (a runspace), selects those of a command, and disconnects them when the session ends.
/// </summary>
internal sealed class SessionTargets
{
    private static readonly ConditionalWeakTable<Runspace, SessionTargets> s_sessions = [];

    private readonly List<XenTarget> _connected = [];
    private bool _isOver;
    private int _lastId;
    private int _lastBatch;

    /// <summary>Gets the targets of this thread's runspace.</summary>
    public static SessionTargets Current => s_sessions.GetValue(Runspace.DefaultRunspace, Create);

    /// <summary>Gets a copy of the list, in the order of connection.</summary>
    public IReadOnlyList<XenTarget> Connected
    {
        get
        {
            lock (_connected) return [.. _connected];
        }
    }

    /// <summary>
    /// Gets the default targets: those that the last Connect-XenTarget command connected. If there are none, the default is the local host.
    /// </summary>
    public IReadOnlyList<XenTarget> Defaults
    {
        get
        {
            lock (_connected) return _connected.Count > 0 ? _connected.FindAll(target => target.Batch == _connected[^1].Batch) : [];
        }
    }

    /// <summary>Returns a new number, which marks the targets of one Connect-XenTarget command.</summary>
    public int NewBatch() => Interlocked.Increment(ref _lastBatch);

    /// <summary>Adds a connection as a target. If the session has already ended, the target is disconnected immediately.</summary>
    public XenTarget Add(IXenDataSource connection, Func<CancellationToken, IXenDataSource> open, string? path, int batch)
    {
        var target = new XenTarget(
            Interlocked.Increment(ref _lastId),
            connection,
            open,
            path,
            this,
            target => Defaults.Contains(target),
            batch);
        lock (_connected)
        {
            if (!_isOver)
            {
                _connected.Add(target);
                return target;
            }
        }
        target.Close();
        return target;
    }

    /// <summary>Disconnects a target; returns false if the target does not belong to this session.</summary>
    public bool Remove(XenTarget target)
    {
        lock (_connected)
        {
            if (!_connected.Remove(target)) return false;
        }
        target.Close();
        return true;
    }

    /// <summary>Disconnects all targets at the same time, because each may have to wait for a host that does not respond.</summary>
    public void RemoveAll()
    {
        XenTarget[] all;
        lock (_connected)
        {
            all = [.. _connected];
            _connected.Clear();
        }
        if (all is [var only]) only.Close();
        else Parallel.ForEach(all, target => target.Close());
    }

    /// <summary>
    /// Selects the targets of a command: those of -Target, otherwise those of the session, otherwise the local host. -HostName then filters
    /// them. A null element means the local host, which needs no connection.
    /// </summary>
    /// <param name="named">The value of -Target; null if it was not given.</param>
    /// <param name="hostNames">The host names; empty ones are ignored.</param>
    /// <param name="error">The error if no target is of such a host; otherwise null.</param>
    public IReadOnlyList<XenTarget?> Choose(IReadOnlyList<XenTarget>? named, IEnumerable<string?> hostNames, out ErrorRecord? error)
    {
        error = null;
        var targets = (named ?? Defaults).Distinct().ToArray<XenTarget?>();
        if (targets.Length == 0) targets = [null];
        var hosts = hostNames.Where(host => !string.IsNullOrEmpty(host)).Select(host => host!).ToArray();
        if (hosts.Length == 0) return targets;
        if (Array.Find(hosts, host => !Array.Exists(targets, target => Is(target, host))) is { } missing)
            error = ErrorRecords.NoSuchHost(missing, targets);
        return Array.FindAll(targets, target => Array.Exists(hosts, host => Is(target, host)));
    }

    private static bool Is(XenTarget? target, string host) =>
        target?.IsHost(host) ?? string.Equals(Environment.MachineName, host, StringComparison.OrdinalIgnoreCase);

    private static SessionTargets Create(Runspace runspace)
    {
        var session = new SessionTargets();
        runspace.StateChanged += (_, change) =>
        {
            if (change.RunspaceStateInfo.State is RunspaceState.Closing or RunspaceState.Closed or RunspaceState.Broken) session.End();
        };
        return session;
    }

    private void End()
    {
        lock (_connected) _isOver = true;
        RemoveAll();
    }
}
