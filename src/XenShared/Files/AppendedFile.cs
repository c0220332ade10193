using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using XenShared.Native;

namespace XenShared.Files;

/// <summary>
/// A file that is only ever appended to, by several processes at once: on Linux the system puts each write at the end (<c>O_APPEND</c>),
/// elsewhere one process at a time has the file. Symbolic links are followed, as for every log; what is no regular file is refused, since
/// it keeps nothing.
/// </summary>
internal sealed class AppendedFile : IDisposable
{
    private const int EmptyPath = 0x1000;
    private const int Flags = LibC.ReadWrite | LibC.Appending | LibC.CloseOnExec | LibC.NoControllingTerminal | LibC.NonBlocking;
    private const uint OwnerMode = 0x180;

    // SIGXFSZ: a write past the limit of a file's size (ulimit -f) ends a process that does not catch it, in the midst of whatever it does.
    private const PosixSignal SizeLimitExceeded = (PosixSignal)25;

    // For good: the signal is handled on another thread, and may be so only after the file is closed.
    private static readonly PosixSignalRegistration? s_sizeLimit =
        OperatingSystem.IsLinux() ? PosixSignalRegistration.Create(SizeLimitExceeded, context => context.Cancel = true) : null;

    private readonly string _path;
    private readonly SafeFileHandle _handle;

    private AppendedFile(string path, SafeFileHandle handle)
    {
        _path = path;
        _handle = handle;
    }

    /// <summary>Opens a file, or makes it, for its owner only.</summary>
    /// <exception cref="IOException">It cannot be opened, or is no regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static AppendedFile Open(string path)
    {
        if (!OperatingSystem.IsLinux())
            return new AppendedFile(path, File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read));
        GC.KeepAlive(s_sizeLimit);
        // Opening a device can already do something, so this is looked at before, and again on what was opened.
        if (LibC.StatX(LibC.WorkingDirectory, path, 0, LibC.WantsType, out var status) == 0) Check(path, status);
        var handle = OpenExisting(path) ?? Create(path);
        try
        {
            if (LibC.StatX((int)handle.DangerousGetHandle(), "", EmptyPath, LibC.WantsType, out status) != 0) throw Failed(path);
            Check(path, status);
            return new AppendedFile(path, handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Returns whether the last byte is this one, or there is none.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public bool EndsWith(byte value)
    {
        var length = RandomAccess.GetLength(_handle);
        Span<byte> last = stackalloc byte[1];
        return length == 0 || RandomAccess.Read(_handle, last, length - 1) == 1 && last[0] == value;
    }

    /// <summary>Appends bytes in one write, and does not return before the disk has them.</summary>
    /// <exception cref="IOException">They could not be written; a part of them may have been.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        try
        {
            if (OperatingSystem.IsLinux()) Write(bytes);
            else RandomAccess.Write(_handle, bytes, RandomAccess.GetLength(_handle));
            RandomAccess.FlushToDisk(_handle);
        }
        catch (IOException error) when (!error.Message.Contains(_path, StringComparison.Ordinal))
        {
            throw new IOException($"'{_path}' cannot be written: {error.Message}", error);
        }
    }

    public void Dispose() => _handle.Dispose();

    private void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var written = LibC.Write(_handle, ref MemoryMarshal.GetReference(bytes), bytes.Length);
            if (written < 0 && Marshal.GetLastPInvokeError() != Errno.EINTR) throw Failed(_path);
            if (written > 0) bytes = bytes[(int)written..];
        }
    }

    private static SafeFileHandle? OpenExisting(string path) => TryOpen(path, Flags, Errno.ENOENT);

    private static SafeFileHandle Create(string path)
    {
        if (TryOpen(path, Flags | LibC.Create | LibC.Exclusive, Errno.EEXIST) is not { } handle)
        {
            // Another process was first, or it is a link that leads to no file yet.
            handle = LibC.Open(path, Flags | LibC.Create, OwnerMode);
            return handle.IsInvalid ? throw Failed(path, handle) : handle;
        }
        // Whatever the umask is.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(handle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        FlushFolder(path);
        return handle;
    }

    // The new file's name is on the disk as well, where the system can say so.
    private static void FlushFolder(string path)
    {
        using var folder = LibC.Open(Path.GetDirectoryName(Path.GetFullPath(path))!, LibC.IsDirectory | LibC.CloseOnExec, 0);
        if (!folder.IsInvalid) RandomAccess.FlushToDisk(folder);
    }

    private static SafeFileHandle? TryOpen(string path, int flags, int expected)
    {
        var handle = LibC.Open(path, flags, OwnerMode);
        if (!handle.IsInvalid) return handle;
        return Marshal.GetLastPInvokeError() == expected ? null : throw Failed(path, handle);
    }

    private static void Check(string path, FileStatusNative status)
    {
        if (status.Type != FileStatusNative.Regular) throw FileErrors.Refuse(path, "it is no regular file, and would keep nothing");
    }

    private static Exception Failed(string path, SafeFileHandle? handle = null)
    {
        var error = FileErrors.Make(path, "written", Marshal.GetLastPInvokeError());
        handle?.Dispose();
        return error;
    }
}
