using System.Globalization;
using System.Management.Automation;
using XenShared.Guests.Memory;
using XenShared.PowerShell.Formatting;

namespace XenShared.PowerShell.Progress;

/// <summary>Shows a progress bar while guest memory is searched.</summary>
/// <param name="write">Writes a progress record to the pipeline.</param>
internal sealed class ScanProgressBar(Action<ProgressRecord> write)
{
    // The bar is shown only after a search has taken this long. A shorter search would end before a user could read the bar.
    private static readonly TimeSpan s_worthShowing = TimeSpan.FromSeconds(1);

    private bool _isVisible;

    public void Show(ScanProgress progress)
    {
        if (progress.Elapsed < s_worthShowing) return;
        _isVisible = true;
        var rate = string.Create(CultureInfo.CurrentCulture, $"{progress.Rate:N0} pages/s");
        write(
            new ProgressRecord(
                GetHashCode() & int.MaxValue,
                $"Searching the memory of {ViewFormat.Domain(progress.DomId, progress.Name, null)}",
                rate)
            {
                PercentComplete = progress.Total == 0 ? 100 : (int)Math.Min(100, 100 * progress.Done / progress.Total),
                SecondsRemaining = (int)(progress.Remaining?.TotalSeconds ?? -1),
            });
    }

    public void Hide()
    {
        if (_isVisible)
            write(new ProgressRecord(GetHashCode() & int.MaxValue, "Searching", "done") { RecordType = ProgressRecordType.Completed });
        _isVisible = false;
    }
}
