using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using XenShared.Native;

namespace XenShared.Files;

/// <summary>
/// Holds a file while it is written. On Linux it has no name until it is complete, so the system removes it however this process ends.
/// Where the file system cannot do that, it has a short name of its own, which is deleted on every way out but a kill.
/// </summary>
internal sealed class TemporaryFile : IDisposable
{
    private readonly string _name;
    private readonly string _folder;
    private readonly SafeFileHandle _handle;

    // Null while the file has no name.
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

    /// <summary>Gets what is written.</summary>
    public Stream Stream { get; }

    /// <summary>Makes a file.</summary>
    /// <param name="name">How messages name it.</param>
    /// <param name="folder">The folder where it will stand.</param>
    /// <param name="isForAll">Whether others may read it.</param>
    /// <param name="hasName">Whether it has a name from the beginning, as where the file system has no files without one.</param>
    /// <exception cref="IOException">It cannot be made there.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be made there.</exception>
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
            // Whatever the umask is.
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

    /// <summary>Gives the file its name.</summary>
    /// <param name="path">Where it is to stand, in the folder that it was made in.</param>
    /// <param name="overwrite">Whether what stands there is replaced.</param>
    /// <exception cref="IOException">Something stands there and is not to be replaced, or the file cannot be named.</exception>
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
            // .NET names the temporary file.
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

    // Whatever the length of the file's own name, this one is short enough; the dot keeps it from programs that read all files of a folder.
    private static string ShortName() => $".xs-{Guid.NewGuid():N}.tmp";

    // Null where the file system has no such files: NFS, and whatever is older than Linux 3.11.
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
                ? new UnauthorizedAccessException($"'{name}' cannot be written: its directory may not be written to.", error)
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
