using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using XenShared.Native;

namespace XenShared.Files;

/// <summary>
/// Holds a folder open that belongs to the user of this process and that nobody else can write to. Files are opened relative to this
/// folder, even if its path changes later. Only regular files of the same user are read; links are not followed.
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

    /// <summary>Opens a folder; false if it does not exist, is a link, belongs to another user, or others can write to it.</summary>
    public static bool TryOpen(string path, [NotNullWhen(true)] out PrivateFolder? opened)
    {
        opened = null;
        if (!OperatingSystem.IsLinux()) return false;
        var folder = LibC.Open(path, LibC.ReadOnly | LibC.IsDirectory | LibC.NoFollow | LibC.CloseOnExec, 0);
        var userId = LibC.GetEffectiveUserId();
        if (!folder.IsInvalid && StatusOf(folder) is { Type: FileStatusNative.Directory } status && status.IsOnlyOf(userId))
            opened = new PrivateFolder(folder, userId);
        else folder.Dispose();
        return opened is not null;
    }

    /// <summary>
    /// Reads a file; null if it does not exist, is not a regular file that only this user can write, or is longer than the limit.
    /// </summary>
    public byte[]? Read(string name, int maximumBytes)
    {
        using var file = LibC.OpenAt(
            _folder,
            name,
            LibC.ReadOnly | LibC.NoFollow | LibC.NonBlocking | LibC.NoControllingTerminal | LibC.CloseOnExec,
            0);
        if (file.IsInvalid
            || StatusOf(file) is not { Type: FileStatusNative.Regular } status
            || !status.IsOnlyOf(_userId)
            || status.Size > (ulong)maximumBytes)
            return null;
        // The size was checked against the limit. Only this many bytes are read, so data that another process appends meanwhile is ignored.
        var bytes = new byte[(int)status.Size];
        var length = 0;
        while (length < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(length), length) is var read and > 0) length += read;
        return bytes[..length];
    }

    /// <summary>Writes a whole file, and replaces whatever has its name.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the folder is denied.</exception>
    public void Write(string name, ReadOnlySpan<byte> bytes)
    {
        // The temporary name contains the id of this process, which writes one file at a time. So if the process is killed, it leaves at
        // most one temporary file.
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

    /// <summary>Deletes a file if it exists.</summary>
    public void Delete(string name) => LibC.UnlinkAt(_folder, name, 0);

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static FileStatusNative? StatusOf(SafeFileHandle file) =>
        LibC.StatX(file, "", LibC.EmptyPath, LibC.WantsAll, out var status) == 0 ? status : null;
}
