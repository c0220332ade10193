using System.Runtime.InteropServices;

namespace XenShared.Native.Tests.Fake;

/// <summary>Captures everything that this process writes to file descriptor 2, including native code.</summary>
internal sealed partial class StandardErrorCapture
{
    private const int StandardError = 2;

    private readonly string _file = Path.GetTempFileName();
    private readonly int _saved;

    public StandardErrorCapture()
    {
        _saved = dup(StandardError);
        using var capture = File.OpenHandle(_file, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite);
        if (_saved < 0 || dup2((int)capture.DangerousGetHandle(), StandardError) < 0)
            throw new InvalidOperationException("Standard error cannot be redirected.");
    }

    /// <summary>Ends the capture.</summary>
    /// <returns>The captured output.</returns>
    public string Finish()
    {
        if (dup2(_saved, StandardError) < 0 || close(_saved) != 0)
            throw new InvalidOperationException("Standard error cannot be restored.");
        var text = File.ReadAllText(_file);
        File.Delete(_file);
        return text;
    }

    [LibraryImport("libc")]
    private static partial int dup(int descriptor);

    [LibraryImport("libc")]
    private static partial int dup2(int from, int to);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
