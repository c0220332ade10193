using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using XenShared.Native;

namespace XenShared.Files;

/// <summary>
/// Holds a folder open that belongs to the user who runs this program, and that nobody else can write to. Files are opened in this very
/// folder, whatever its path leads to later, and only regular files of the same user are read: neither a link is followed nor a pipe waited
/// for.
/// </summary>
internal sealed class PrivateFolder : IDisposable
{
    private const uint OwnerOnly = 0x180;

    private readonly SafeFileHandle _folder;
    private readonly uint _userId;

    private PrivateFolder(SafeFileHandle folder, uint userId)
    {
        _folder = folder;
        _userId = userId;
    }

    /// <summary>Opens a folder; null when it is not there, is a link, belongs to somebody else, or can be written to by others.</summary>
    public static PrivateFolder? TryOpen(string path)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var folder = LibC.Open(path, LibC.ReadOnly | LibC.IsDirectory | LibC.NoFollow | LibC.CloseOnExec, 0);
        var userId = LibC.GetEffectiveUserId();
        if (!folder.IsInvalid && StatusOf(folder) is { Type: FileStatusNative.Directory } status && status.IsOnlyOf(userId))
            return new PrivateFolder(folder, userId);
        folder.Dispose();
        return null;
    }

    /// <summary>Reads a file; null when it is not there, is no regular file of this user alone, or is longer than the limit.</summary>
    public byte[]? Read(string name, int maximumBytes)
    {
        using var file = LibC.OpenAt(
            _folder,
            name,
            LibC.ReadOnly | LibC.NoFollow | LibC.NonBlocking | LibC.NoControllingTerminal | LibC.CloseOnExec,
            0);
        if (
            file.IsInvalid
            || StatusOf(file) is not { Type: FileStatusNative.Regular } status
            || !status.IsOnlyOf(_userId)
            || status.Size > (ulong)maximumBytes)
            return null;
        // What is written to it meanwhile is not read.
        var bytes = new byte[(int)status.Size];
        var length = 0;
        while (length < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(length), length) is var read and > 0) length += read;
        return bytes[..length];
    }

    /// <summary>Writes a file as a whole, in place of whatever has its name.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Write(string name, ReadOnlySpan<byte> bytes)
    {
        // A process writes one file at a time, and one that was killed leaves no more than this.
        var temporary = string.Create(CultureInfo.InvariantCulture, $".{name}.{Environment.ProcessId}");
        Delete(temporary);
        using var file = LibC.OpenAt(
            _folder,
            temporary,
            LibC.WriteOnly | LibC.Create | LibC.Exclusive | LibC.NoFollow | LibC.CloseOnExec,
            OwnerOnly);
        if (file.IsInvalid)
            throw FileErrors.Make($"'{name}'", "written", Marshal.GetLastPInvokeError());
        try
        {
            RandomAccess.Write(file, bytes, 0);
            if (LibC.RenameAt(_folder, temporary, _folder, name) != 0)
                throw FileErrors.Make($"'{name}'", "written", Marshal.GetLastPInvokeError());
        }
        catch
        {
            Delete(temporary);
            throw;
        }
    }

    /// <summary>Deletes a file, if it is there.</summary>
    public void Delete(string name) => LibC.UnlinkAt(_folder, name, 0);

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static FileStatusNative? StatusOf(SafeFileHandle file) =>
        LibC.StatX(file, "", LibC.EmptyPath, LibC.WantsAll, out var status) == 0 ? status : null;
}
