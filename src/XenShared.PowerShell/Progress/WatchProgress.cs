using System.Management.Automation;

namespace XenShared.PowerShell.Progress;

/// <summary>Shows a progress bar while pages of a live host are sampled.</summary>
internal sealed class WatchProgress : IDisposable
{
    // For a shorter time, a progress bar would only flicker.
    private const double SecondsWithout = 1;

    private readonly Action<ProgressRecord> _write;
    private readonly CancellationToken _cancellation;
    private readonly string _text;

    private WatchProgress(Action<ProgressRecord> write, double seconds, CancellationToken cancellation)
    {
        _write = write;
        _cancellation = cancellation;
        _text = $"for up to {seconds:0.#} s, to tell live ones from frozen ones";
        Write(ProgressRecordType.Processing);
    }

    /// <summary>Shows the bar, unless the time is too short.</summary>
    public static WatchProgress? Show(Action<ProgressRecord> write, double seconds, CancellationToken cancellation) =>
        seconds > SecondsWithout ? new WatchProgress(write, seconds, cancellation) : null;

    public void Dispose()
    {
        // A stopping pipeline accepts no output, and PowerShell removes its progress bars itself.
        if (!_cancellation.IsCancellationRequested) Write(ProgressRecordType.Completed);
    }

    private void Write(ProgressRecordType type) =>
        _write(new ProgressRecord(GetHashCode() & int.MaxValue, "Watching vCPU records", _text) { RecordType = type });
}
