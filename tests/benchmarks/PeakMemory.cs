using System;
using System.Threading;

namespace XenShared.Benchmarks;

/// <summary>Samples the memory of this process while something runs, and keeps the largest value above that of the start.</summary>
public sealed class PeakMemory : IDisposable
{
    private readonly Timer _timer;
    private long _peak;

    /// <summary>Frees unused memory, and begins.</summary>
    public PeakMemory()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, true, true);
        Start = Environment.WorkingSet;
        _peak = Start;
        _timer = new Timer(_ => Sample(), null, 0, 2);
    }

    /// <summary>Gets the bytes at the start.</summary>
    public long Start { get; }

    /// <summary>Gets the largest number of bytes so far.</summary>
    public long Peak
    {
        get
        {
            Sample();
            return Interlocked.Read(ref _peak);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private void Sample()
    {
        var now = Environment.WorkingSet;
        for (var peak = Interlocked.Read(ref _peak); now > peak; peak = Interlocked.Read(ref _peak))
            if (Interlocked.CompareExchange(ref _peak, now, peak) == peak) return;
    }
}
