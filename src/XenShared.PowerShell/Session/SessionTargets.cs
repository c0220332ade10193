using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using XenShared.Targets;

namespace XenShared.PowerShell.Session;

/// <summary>Holds the targets of a session (a runspace), and disconnects them when the session ends.</summary>
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

    /// <summary>Begins the connections of one command.</summary>
    public int NewBatch() => Interlocked.Increment(ref _lastBatch);

    /// <summary>Adds a connection. A session that has ended closes it immediately.</summary>
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

    /// <summary>Disconnects a target; false if it is not of this session.</summary>
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
