using System.Management.Automation;
using XenShared.PowerShell.Errors;
using XenShared.Targets;

namespace XenShared.PowerShell.Files;

/// <summary>Captures by the host that they are of, oldest first.</summary>
internal static class CaptureSeries
{
    /// <summary>Opens captures; one that cannot be opened is reported, and the others follow.</summary>
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
