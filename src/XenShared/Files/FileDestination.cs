using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using XenShared.Native;

namespace XenShared.Files;

/// <summary>
/// Resolves the path of an output file. Symbolic links are followed. A regular file, or a name that is not used yet, gets its content only
/// when it is complete; a pipe, a character device or a descriptor of this process (<c>/dev/stdout</c>) is written directly; anything else
/// is rejected.
/// </summary>
internal sealed class FileDestination
{
    // The number of symbolic links that Linux follows in a path (MAXSYMLINKS).
    private const int MaximumLinks = 40;

    private static readonly TimeSpan s_untilReader = TimeSpan.FromMilliseconds(50);

    private readonly string _name;
    private readonly int _type;
    private readonly int? _descriptor;

    private FileDestination(string name, string path, int type, int? descriptor)
    {
        _name = $"'{name}'";
        Path = path;
        _type = type;
        _descriptor = descriptor;
    }

    /// <summary>Gets the path without symbolic links.</summary>
    public string Path { get; }

    /// <summary>Gets a value indicating whether a regular file exists, which would be replaced.</summary>
    public bool IsExistingFile => _type == FileStatusNative.Regular && _descriptor is null;

    /// <summary>Gets a value indicating whether the destination is written directly, since it is not a file that can be replaced.</summary>
    public bool IsWrittenThrough => _descriptor is not null || _type is FileStatusNative.Pipe or FileStatusNative.CharacterDevice;

    /// <summary>Resolves a path.</summary>
    /// <exception cref="IOException">The path leads to something that is not written, such as a directory or a block device.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to a folder of the path is denied.</exception>
    public static FileDestination Find(string name)
    {
        if (string.IsNullOrEmpty(name))
            throw new IOException("The name of the file to write is empty; give a name.");
        if (name.Contains('\0', StringComparison.Ordinal))
            throw FileErrors.Refuse($"'{name.Replace('\0', '?')}'", "a name cannot contain a NUL byte");
        if (!OperatingSystem.IsLinux())
            return FindPortably(name);
        if (name[^1] == '/')
            throw FileErrors.Refuse($"'{name}'", "it names a directory");
        CheckLinks(name);
        var path = name;
        for (var links = 0; links < MaximumLinks; links++)
        {
            var folder = RealFolder(path, name);
            var last = LastPart(path);
            if (last is "." or "..") throw FileErrors.Refuse($"'{name}'", "it is a directory");
            if (Descriptor(folder, last) is { } descriptor) return new FileDestination(name, path, 0, descriptor);
            path = folder == "/" ? $"/{last}" : $"{folder}/{last}";
            if (new FileInfo(path).LinkTarget is not { } link)
                return new FileDestination(name, path, Checked(name, TypeOf(path, name)), null);
            path = link.StartsWith('/') ? link : $"{folder}/{link}";
            if (path[^1] == '/') throw FileErrors.Refuse($"'{name}'", "it leads to a directory");
        }
        throw FileErrors.Refuse($"'{name}'", "its symbolic links form a loop");
    }

    /// <summary>Opens a destination that is written directly.</summary>
    /// <exception cref="IOException">The destination cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting for the reader of a pipe.</exception>
    public DescriptorStream OpenThrough(CancellationToken cancellation)
    {
        if (_descriptor is { } descriptor) return DescriptorStream.FromInherited(descriptor, _name, cancellation);
        while (true)
        {
            var handle = LibC.Open(Path, LibC.WriteOnly | LibC.NonBlocking | LibC.NoControllingTerminal | LibC.CloseOnExec, 0);
            if (!handle.IsInvalid) return new DescriptorStream(handle, _name, isRegular: false, cancellation);
            var errno = Marshal.GetLastPInvokeError();
            handle.Dispose();
            if (errno != Errno.EINTR && !(errno == Errno.ENXIO && _type == FileStatusNative.Pipe))
                throw FileErrors.Make(_name, "written", errno);
            TimeProvider.System.Wait(s_untilReader, cancellation);
        }
    }

    private static FileDestination FindPortably(string name)
    {
        var path = File.ResolveLinkTarget(name, returnFinalTarget: true)?.FullName ?? System.IO.Path.GetFullPath(name);
        if (Directory.Exists(path)) throw FileErrors.Refuse($"'{name}'", "it is a directory");
        return new FileDestination(name, path, File.Exists(path) ? FileStatusNative.Regular : 0, null);
    }

    // Opens the path only to let the kernel check its symbolic links. With fs.protected_symlinks, the kernel refuses to follow a link of
    // another user in a world-writable folder.
    private static void CheckLinks(string name)
    {
        using var handle = LibC.Open(name, LibC.PathOnly | LibC.CloseOnExec, 0);
        if (handle.IsInvalid && Marshal.GetLastPInvokeError() is not Errno.ENOENT and var errno)
            throw FileErrors.Make($"'{name}'", "written", errno);
    }

    private static string RealFolder(string path, string name)
    {
        var slash = path.LastIndexOf('/');
        var folder = slash < 0 ? "." : slash == 0 ? "/" : path[..slash];
        using var handle = LibC.Open(folder, LibC.PathOnly | LibC.IsDirectory | LibC.CloseOnExec, 0);
        if (handle.IsInvalid)
        {
            var errno = Marshal.GetLastPInvokeError();
            throw errno == Errno.ENOENT
                ? new DirectoryNotFoundException($"'{name}' cannot be written: there is no directory '{folder}'.")
                : FileErrors.Make($"'{name}'", "written", errno);
        }
        // The target of this /proc link is the folder without symbolic links. It is null without /proc. Then the folder is used as given.
        return new FileInfo(LinkOf(handle)).LinkTarget ?? System.IO.Path.GetFullPath(folder);
    }

    private static string LastPart(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>Returns the /proc link of an open file.</summary>
    internal static string LinkOf(SafeFileHandle handle) =>
        string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{handle.DangerousGetHandle()}");

    // Returns the number of an open descriptor of this process if the path leads to one, as /dev/stdout does; otherwise null. The process
    // that started this one has opened its file, so the file is written directly and not replaced.
    private static int? Descriptor(string folder, string last)
    {
        var own = string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/");
        return folder.StartsWith(own, StringComparison.Ordinal) && folder.EndsWith("/fd", StringComparison.Ordinal)
            && int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && TypeOf($"{folder}/{last}", last) != 0
                ? number : null;
    }

    // Returns the type of the file; zero if nothing exists at the path.
    private static int TypeOf(string path, string name)
    {
        if (LibC.StatX(LibC.WorkingDirectory, path, LibC.NoFollowSymbolicLink, LibC.WantsType, out var status) == 0) return status.Type;
        var errno = Marshal.GetLastPInvokeError();
        return errno == Errno.ENOENT ? 0 : throw FileErrors.Make($"'{name}'", "written", errno);
    }

    private static int Checked(string name, int type) => type switch
    {
        FileStatusNative.Directory => throw FileErrors.Refuse($"'{name}'", "it is a directory"),
        FileStatusNative.BlockDevice => throw FileErrors.Refuse($"'{name}'", "it is a block device, and its contents would be lost"),
        FileStatusNative.Socket => throw FileErrors.Refuse($"'{name}'", "it is a socket"),
        _ => type,
    };
}
