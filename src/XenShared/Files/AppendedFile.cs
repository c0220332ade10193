using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using XenShared.Native;

namespace XenShared.Files;

/// <summary>
/// Represents a log file to which several processes append. On Linux, the kernel writes at the end (<c>O_APPEND</c>); on other systems, one
/// process at a time can open the file. Symbolic links are followed. Anything but a regular file is rejected, because it would not store
/// the data.
/// </summary>
internal sealed class AppendedFile : IDisposable
{
    private const int EmptyPath = 0x1000;
    private const int Flags = LibC.ReadWrite | LibC.Appending | LibC.CloseOnExec | LibC.NoControllingTerminal | LibC.NonBlocking;
    private const uint OwnerMode = 0x180;

    // The kernel sends the signal SIGXFSZ to a process that writes beyond the limit of the file size (ulimit -f). Without a handler, the
    // signal ends the process, even between two writes of one change to a guest. With a handler, only the write to the file fails.
    private const PosixSignal SizeLimitExceeded = (PosixSignal)25;

    // .NET calls the handler on another thread, possibly after the file is closed. So the handler is never unregistered.
    private static readonly PosixSignalRegistration? s_sizeLimit =
        OperatingSystem.IsLinux() ? PosixSignalRegistration.Create(SizeLimitExceeded, context => context.Cancel = true) : null;

    private readonly string _path;
    private readonly SafeFileHandle _handle;

    private AppendedFile(string path, SafeFileHandle handle)
    {
        _path = path;
        _handle = handle;
    }

    /// <summary>Opens a file or creates it, for its owner only.</summary>
    /// <exception cref="IOException">The file cannot be opened, or is not a regular file.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static AppendedFile Open(string path)
    {
        if (!OperatingSystem.IsLinux())
            return new AppendedFile(path, File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read));
        GC.KeepAlive(s_sizeLimit);
        // Opening a device can have effects, so the type of the file is checked before it is opened. The path can lead to another file when
        // it is opened, so the type is checked again on the open file.
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

    /// <summary>Determines whether the file ends with this byte, or is empty.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public bool EndsWith(byte value)
    {
        var length = RandomAccess.GetLength(_handle);
        Span<byte> last = stackalloc byte[1];
        return length == 0 || RandomAccess.Read(_handle, last, length - 1) == 1 && last[0] == value;
    }

    /// <summary>Appends bytes, in one write if the system accepts them at once, and returns when they are on the disk.</summary>
    /// <exception cref="IOException">The bytes could not be written, or only a part of them.</exception>
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

    private static SafeFileHandle? OpenExisting(string path) =>
        TryOpen(path, Flags, Errno.ENOENT, out var handle) ? handle : null;

    private static SafeFileHandle Create(string path)
    {
        if (!TryOpen(path, Flags | LibC.Create | LibC.Exclusive, Errno.EEXIST, out var handle))
        {
            // With LibC.Exclusive, a path that exists is refused. Either another process has just created the file, or the path is a link
            // to a file that does not exist yet. So the path is opened again without LibC.Exclusive.
            handle = LibC.Open(path, Flags | LibC.Create, OwnerMode);
            return handle.IsInvalid ? throw Failed(path, handle) : handle;
        }
        // The umask of the process can remove bits from the mode of a new file, so the mode is set explicitly.
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(handle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        FlushFolder(path);
        return handle;
    }

    // Flushes the folder of a new file to the disk, because otherwise the name of the file can be lost if the host crashes. Does nothing if
    // the folder cannot be opened.
    private static void FlushFolder(string path)
    {
        using var folder = LibC.Open(Path.GetDirectoryName(Path.GetFullPath(path))!, LibC.IsDirectory | LibC.CloseOnExec, 0);
        if (!folder.IsInvalid) RandomAccess.FlushToDisk(folder);
    }

    private static bool TryOpen(string path, int flags, int expected, out SafeFileHandle handle)
    {
        handle = LibC.Open(path, flags, OwnerMode);
        if (handle.IsInvalid && Marshal.GetLastPInvokeError() != expected) throw Failed(path, handle);
        return !handle.IsInvalid;
    }

    private static void Check(string path, FileStatusNative status)
    {
        if (status.Type != FileStatusNative.Regular) throw FileErrors.Refuse(path, "it is not a regular file, and stores nothing");
    }

    private static Exception Failed(string path, SafeFileHandle? handle = null)
    {
        var error = FileErrors.Make(path, "written", Marshal.GetLastPInvokeError());
        handle?.Dispose();
        return error;
    }
}
