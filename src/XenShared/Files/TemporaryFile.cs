using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using XenShared.Native;

namespace XenShared.Files;

/// <summary>
/// Represents a file while it is written. On Linux, it has no name until it is complete, so the kernel removes it if this process ends. If
/// the file system does not support that, the file has a short temporary name, which is deleted unless the process is killed.
/// </summary>
internal sealed class TemporaryFile : IDisposable
{
    private readonly string _name;
    private readonly string _folder;
    private readonly SafeFileHandle _handle;

    // The path of the file while it has a temporary name. Null before the file has a name, and after it has got its final name.
    private string? _temporary;

    private TemporaryFile(string name, string folder, SafeFileHandle handle, string? temporary)
    {
        _name = $"'{name}'";
        _folder = folder;
        _handle = handle;
        _temporary = temporary;
        Stream = OperatingSystem.IsLinux()
            ? new DescriptorStream(handle, _name, isRegular: true, CancellationToken.None)
            : new FileStream(handle, FileAccess.Write);
    }

    /// <summary>Gets the stream to write to.</summary>
    public Stream Stream { get; }

    /// <summary>Creates a file.</summary>
    /// <param name="name">The name for messages.</param>
    /// <param name="folder">The folder of the file.</param>
    /// <param name="isForAll">Whether other users may read the file.</param>
    /// <param name="hasName">Whether the file has a temporary name from the start, for file systems without unnamed files.</param>
    /// <exception cref="IOException">The file cannot be created in the folder.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the folder is denied.</exception>
    public static TemporaryFile Create(string name, string folder, bool isForAll, bool hasName = false)
    {
        var temporary = (string?)null;
        var handle = !hasName && OperatingSystem.IsLinux() && File.Exists("/proc/self/stat") ? OpenUnnamed(name, folder) : null;
        try
        {
            if (handle is null)
            {
                temporary = Path.Combine(folder, ShortName());
                handle = OpenNamed(name, temporary);
            }
            // The umask removes bits from the mode of a new file, so the mode is set explicitly.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(handle, Mode(isForAll));
            return new TemporaryFile(name, folder, handle, temporary);
        }
        catch
        {
            handle?.Dispose();
            if (temporary is not null) File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Flushes the file to the disk, and gives it its final name.</summary>
    /// <param name="path">The final path, in the folder of the file.</param>
    /// <param name="overwrite">Whether to replace an existing file.</param>
    /// <exception cref="IOException">A file exists and must not be replaced, or the file cannot be named.</exception>
    public void Commit(string path, bool overwrite)
    {
        try
        {
            RandomAccess.FlushToDisk(_handle);
            if (_temporary is null && !overwrite && TryLink(path)) return;
            if (_temporary is null)
            {
                var temporary = Path.Combine(_folder, ShortName());
                if (!TryLink(temporary)) throw FileErrors.Make(_name, "written", Errno.EEXIST);
                _temporary = temporary;
            }
            if (OperatingSystem.IsWindows())
            {
                Stream.Dispose();
                if (overwrite && File.Exists(path)) File.SetAttributes(path, FileAttributes.Normal);
            }
            File.Move(_temporary, path, overwrite);
            _temporary = null;
        }
        catch (Exception error)
            when (error is IOException or UnauthorizedAccessException && !error.Message.Contains(_name, StringComparison.Ordinal))
        {
            // The message of this error contains the temporary name, which the user does not know. So an error with the final name is
            // thrown instead.
            throw FileErrors.Make(_name, "written", error is UnauthorizedAccessException ? Errno.EACCES : error.HResult);
        }
    }

    public void Dispose()
    {
        Stream.Dispose();
        if (_temporary is not null) File.Delete(_temporary);
        _temporary = null;
    }

    private static UnixFileMode Mode(bool isForAll) =>
        UnixFileMode.UserRead | UnixFileMode.UserWrite | (isForAll ? UnixFileMode.GroupRead | UnixFileMode.OtherRead : UnixFileMode.None);

    // Returns a new temporary name. It does not contain the final name, so it is short even if the final name has the maximum length. It
    // begins with a dot, because programs that read all files of a folder ignore such names.
    private static string ShortName() => $".xs-{Guid.NewGuid():N}.tmp";

    // Creates a file without a name. Returns null if this is not supported: on some file systems such as NFS, and by Linux before 3.11.
    private static SafeFileHandle? OpenUnnamed(string name, string folder)
    {
        var handle = LibC.Open(folder, LibC.Unnamed | LibC.WriteOnly | LibC.CloseOnExec, 0x180);
        if (!handle.IsInvalid) return handle;
        var errno = Marshal.GetLastPInvokeError();
        handle.Dispose();
        return errno is Errno.EOPNOTSUPP or Errno.EISDIR or Errno.EINVAL or Errno.ENOENT
            ? null
            : throw FileErrors.Make($"'{name}'", "written", errno);
    }

    private static SafeFileHandle OpenNamed(string name, string temporary)
    {
        try
        {
            return File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException && OperatingSystem.IsLinux())
        {
            throw error is UnauthorizedAccessException
                ? new UnauthorizedAccessException($"'{name}' cannot be written: this user may not write to its directory.", error)
                : new IOException(
                    $"'{name}' cannot be written: "
                        + error.Message.Replace($" : '{temporary}'", "", StringComparison.Ordinal)
                            .Replace(temporary, name, StringComparison.Ordinal),
                    error);
        }
    }

    private bool TryLink(string path)
    {
        if (LibC.LinkAt(LibC.WorkingDirectory, FileDestination.LinkOf(_handle), LibC.WorkingDirectory, path, LibC.FollowSymbolicLink) == 0)
            return true;
        throw FileErrors.Make(_name, "written", Marshal.GetLastPInvokeError());
    }
}
