using System.Management.Automation;

namespace XenShared.PowerShell.Progress;

/// <summary>Shows a progress bar while pages of a live host are sampled.</summary>
internal sealed class WatchProgress : IDisposable
{
    /// <summary>Specifies the longest query, in seconds, for which no progress bar is shown, because it would only flicker.</summary>
    public const double SecondsWithout = 1;

    private readonly Action<ProgressRecord> _write;
    private readonly CancellationToken _cancellation;
    private readonly string _text;

    /// <summary>Shows the bar.</summary>
    public WatchProgress(Action<ProgressRecord> write, double seconds, CancellationToken cancellation)
    {
        _write = write;
        _cancellation = cancellation;
        _text = $"for up to {seconds:0.#} s, to distinguish live ones from frozen ones";
        Write(ProgressRecordType.Processing);
    }

    public void Dispose()
    {
        // After Ctrl+C, the pipeline accepts no output, and PowerShell removes the progress bar itself.
        if (!_cancellation.IsCancellationRequested) Write(ProgressRecordType.Completed);
    }

    private void Write(ProgressRecordType type) =>
        _write(new ProgressRecord(GetHashCode() & int.MaxValue, "Watching vCPU records", _text) { RecordType = type });
}
