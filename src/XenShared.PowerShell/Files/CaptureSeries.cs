using System.Management.Automation;
using XenShared.PowerShell.Errors;
using XenShared.Targets;

namespace XenShared.PowerShell.Files;

/// <summary>Groups captures by host, oldest first.</summary>
internal static class CaptureSeries
{
    /// <summary>Opens captures. A file that cannot be opened is reported, and the others are still opened.</summary>
    public static IEnumerable<IReadOnlyList<CaptureTarget>> Open(
        IEnumerable<string> files,
        Action<ErrorRecord> writeError,
        CancellationToken cancellation)
    {
        var captures = new List<CaptureTarget>();
        foreach (var file in files)
        {
            try
            {
                captures.Add(CaptureTarget.Open(file, cancellation));
            }
            catch (XenException error)
            {
                writeError(ErrorRecords.From(error, file));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                writeError(ErrorRecords.FromFile(error, file));
            }
        }
        return captures
            .GroupBy(capture => capture.Host.HostName, StringComparer.OrdinalIgnoreCase)
            .Select(host => host.OrderBy(capture => capture.TakenAt).ToArray());
    }
}
