using System.Runtime.InteropServices;
using XenShared.Native;

namespace XenShared.Files;

/// <summary>Opens files to read, such that waiting for what a pipe or a terminal gives can be cancelled.</summary>
public static class InputFile
{
    /// <summary>Opens a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="cancellation">Ends waiting, now and at each read.</param>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Stream Open(string path, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        cancellation.ThrowIfCancellationRequested();
        if (!OperatingSystem.IsLinux() || !MayWait(path)) return File.OpenRead(path);
        // A pipe is open at once then, and has nothing to read until somebody writes.
        var handle = LibC.Open(path, LibC.NonBlocking | LibC.NoControllingTerminal | LibC.CloseOnExec, 0);
        if (!handle.IsInvalid) return new DescriptorStream(handle, $"'{path}'", isRegular: false, cancellation);
        var errno = Marshal.GetLastPInvokeError();
        handle.Dispose();
        throw FileErrors.Make($"'{path}'", "read", errno);
    }

    private static bool MayWait(string path) =>
        LibC.StatX(LibC.WorkingDirectory, path, 0, LibC.WantsType, out var status) == 0
        && status.Type is FileStatusNative.Pipe or FileStatusNative.CharacterDevice;
}
