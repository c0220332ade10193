using System.Management.Automation;

namespace XenShared.PowerShell.Binding;

/// <summary>A progress bar while pages of a live host are watched.</summary>
internal sealed class WatchProgress : IDisposable
{
    // Below this a progress bar would only flicker.
    private const double SecondsWithout = 1;

    private readonly XenCmdletBase _cmdlet;
    private readonly CancellationToken _cancellation;
    private readonly string _text;

    private WatchProgress(XenCmdletBase cmdlet, double seconds, CancellationToken cancellation)
    {
        _cmdlet = cmdlet;
        _cancellation = cancellation;
        _text = $"for up to {seconds:0.#} s, to tell live ones from frozen ones";
        Write(ProgressRecordType.Processing);
    }

    /// <summary>Shows it, unless it takes too little time to be seen.</summary>
    public static WatchProgress? Show(XenCmdletBase cmdlet, double seconds, CancellationToken cancellation) =>
        seconds > SecondsWithout ? new WatchProgress(cmdlet, seconds, cancellation) : null;

    public void Dispose()
    {
        // A pipeline that is being stopped takes nothing any more, and PowerShell clears its bars itself.
        if (!_cancellation.IsCancellationRequested) Write(ProgressRecordType.Completed);
    }

    private void Write(ProgressRecordType type) =>
        _cmdlet.WriteProgress(new ProgressRecord(_cmdlet.GetHashCode() & int.MaxValue, "Watching vCPU records", _text) { RecordType = type });
}
