using System.Runtime.InteropServices;
using XenShared.Native;

namespace XenShared.Files;

/// <summary>Opens files for reading. Waiting for a pipe or a terminal can be cancelled.</summary>
public static class InputFile
{
    /// <summary>Opens a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="cancellation">Cancels waiting, now and at each read.</param>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static Stream Open(string path, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        cancellation.ThrowIfCancellationRequested();
        if (!OperatingSystem.IsLinux() || !MayWait(path)) return File.OpenRead(path);
        // Without NonBlocking, opening a pipe would wait until another process opens it for writing.
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
