using XenShared.Targets;

namespace XenShared.PowerShell.Session;

/// <summary>A target for the time of one pipeline. It closes what was opened for it, and leaves alone what the session keeps.</summary>
internal sealed class TargetLease : IDisposable
{
    private readonly bool _owned;

    private TargetLease(IXenTarget target, object gate, bool owned)
    {
        Target = target;
        Gate = gate;
        _owned = owned;
    }

    public IXenTarget Target { get; }

    /// <summary>Who asks the target holds this: a connection serves one thread at a time, and two cmdlets of a pipeline may ask the same one from two threads.</summary>
    public object Gate { get; }

    public static TargetLease Own(IXenTarget target) => new(target, new object(), owned: true);

    public static TargetLease Borrow(IXenTarget target, object gate) => new(target, gate, owned: false);

    public void Dispose()
    {
        if (!_owned) return;
        // A question that was called off may still be under way on another thread, and will find the connection closed only when it has ended.
        if (Monitor.TryEnter(Gate))
        {
            Target.Dispose();
            Monitor.Exit(Gate);
        }
        else
        {
            ThreadPool.QueueUserWorkItem(_ => Close());
        }
    }

    private void Close()
    {
        lock (Gate) Target.Dispose();
    }
}
