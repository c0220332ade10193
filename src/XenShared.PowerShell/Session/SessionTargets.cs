using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using XenShared.Targets;

namespace XenShared.PowerShell.Session;

/// <summary>The targets that a session (a runspace) is connected to. They are disconnected when the session ends.</summary>
internal sealed class SessionTargets
{
    private static readonly ConditionalWeakTable<Runspace, SessionTargets> s_sessions = [];

    private readonly List<XenTarget> _connected = [];
    private bool _isOver;
    private int _lastId;
    private int _lastBatch;

    /// <summary>Gets those of the runspace that this thread works for.</summary>
    public static SessionTargets Current => s_sessions.GetValue(Runspace.DefaultRunspace, Create);

    /// <summary>Gets a copy of the list, in the order in which they were connected.</summary>
    public IReadOnlyList<XenTarget> Connected
    {
        get
        {
            lock (_connected) return [.. _connected];
        }
    }

    /// <summary>
    /// Gets those that the last command connected, which are asked when none is named; empty when there are none, and then the local host
    /// answers.
    /// </summary>
    public IReadOnlyList<XenTarget> Defaults
    {
        get
        {
            lock (_connected) return _connected.Count > 0 ? _connected.FindAll(target => target.Batch == _connected[^1].Batch) : [];
        }
    }

    /// <summary>Begins what one command connects.</summary>
    public int NewBatch() => Interlocked.Increment(ref _lastBatch);

    /// <summary>Takes over a connection. A session that has ended closes it at once.</summary>
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

    /// <summary>Disconnects a target of this session; false when it is none.</summary>
    public bool Remove(XenTarget target)
    {
        lock (_connected)
        {
            if (!_connected.Remove(target)) return false;
        }
        target.Close();
        return true;
    }

    /// <summary>Disconnects all of them, at the same time: each may have to wait for a host that does not answer.</summary>
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
