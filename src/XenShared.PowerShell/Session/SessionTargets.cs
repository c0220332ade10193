using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using XenShared.Targets;

namespace XenShared.PowerShell.Session;

/// <summary>The targets that a session (a runspace) is connected to.</summary>
internal sealed class SessionTargets
{
    private static readonly ConditionalWeakTable<Runspace, SessionTargets> s_sessions = [];

    private readonly List<XenTarget> _connected = [];
    private int _lastId;
    private int _lastBatch;

    /// <summary>Those of the runspace that this thread works for.</summary>
    public static SessionTargets Current => s_sessions.GetOrCreateValue(Runspace.DefaultRunspace);

    /// <summary>In the order in which they were connected.</summary>
    public IReadOnlyList<XenTarget> Connected => _connected;

    /// <summary>Those that the last command connected, which are asked when none is named; empty when there are none, and then the local host answers.</summary>
    public IReadOnlyList<XenTarget> Defaults => _connected.Count > 0 ? _connected.FindAll(target => target.Batch == _connected[^1].Batch) : [];

    /// <summary>Begins what one command connects.</summary>
    public int NewBatch() => ++_lastBatch;

    public XenTarget Add(IXenTarget connection, Func<IXenTarget> open, string? path, int batch)
    {
        var target = new XenTarget(++_lastId, connection, open, path, this, batch);
        _connected.Add(target);
        return target;
    }

    /// <summary>Disconnects a target of this session; false when it is none.</summary>
    public bool Remove(XenTarget target)
    {
        if (!_connected.Remove(target)) return false;
        target.Close();
        return true;
    }

    public void RemoveAll()
    {
        foreach (var target in _connected) target.Close();
        _connected.Clear();
    }
}
