using System.Runtime.InteropServices;
using XenShared.Native;

namespace XenShared.Files;

/// <summary>
/// Reads a file up to a size limit. On Linux, anything but a regular file is rejected without waiting, for example a pipe without a writer.
/// </summary>
internal static class BoundedFile
{
    /// <summary>Reads the whole file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="maximumBytes">The limit.</param>
    /// <exception cref="IOException">The file is not a regular file, is longer than the limit, or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static byte[] Read(string path, int maximumBytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            if (new FileInfo(path).Length > maximumBytes) throw TooLong(path, maximumBytes);
            return File.ReadAllBytes(path);
        }
        using var file = LibC.Open(path, LibC.ReadOnly | LibC.NonBlocking | LibC.NoControllingTerminal | LibC.CloseOnExec, 0);
        if (file.IsInvalid)
            throw FileErrors.Make($"'{path}'", "read", Marshal.GetLastPInvokeError());
        if (LibC.StatX(file, "", LibC.EmptyPath, LibC.WantsAll, out var status) != 0)
            throw FileErrors.Make($"'{path}'", "read", Marshal.GetLastPInvokeError());
        if (status.Type != FileStatusNative.Regular)
            throw new IOException($"'{path}' cannot be read: it is not a regular file.");
        if (status.Size > (ulong)maximumBytes)
            throw TooLong(path, maximumBytes);
        var bytes = new byte[(int)status.Size];
        var length = 0;
        while (length < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(length), length) is var read and > 0) length += read;
        return bytes[..length];
    }

    private static IOException TooLong(string path, int maximumBytes) =>
        new($"'{path}' cannot be read: it is longer than {maximumBytes} bytes.");
}
