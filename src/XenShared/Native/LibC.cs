using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace XenShared.Native;

/// <summary>Declares functions of the Linux C library for which .NET has no method, and their constants.</summary>
internal static partial class LibC
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int NoControllingTerminal = 0x100;
    public const int Appending = 0x400;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;
    public const int PathOnly = 0x200000;

    /// <summary>The directory argument for the working directory (<c>AT_FDCWD</c>). If the path is absolute, it has no effect.</summary>
    public const int WorkingDirectory = -100;

    public const int FollowSymbolicLink = 0x400;
    public const int NoFollowSymbolicLink = 0x100;
    public const uint WantsType = 1;

    /// <summary>The flag that makes a call use the file of the descriptor itself if the path is empty (<c>AT_EMPTY_PATH</c>).</summary>
    public const int EmptyPath = 0x1000;

    /// <summary>The mask that requests type, mode, owner, size and the other basic members (<c>STATX_BASIC_STATS</c>).</summary>
    public const uint WantsAll = 0x7ff;

    public const short ReadReady = 1;
    public const short WriteReady = 4;
    public const short Failed = 8;
    public const short HungUp = 0x10;
    public const short PeerHungUp = 0x2000;

    // The file of the C library is found by a resolver, which the class NativeLibraries registers when it is first used. It is used here,
    // so that the resolver is registered before the first call of a C function.
    static LibC() => NativeLibraries.Load(NativeLibraries.C);

    /// <summary>
    /// Gets the flag that rejects a path that is not a directory (<c>O_DIRECTORY</c>). The bit is different on Arm (<c>asm/fcntl.h</c>).
    /// </summary>
    public static int IsDirectory { get; } =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 : 0x10000;

    /// <summary>Gets the flag that rejects a symbolic link (<c>O_NOFOLLOW</c>). The bit is different on Arm.</summary>
    public static int NoFollow { get; } =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    /// <summary>Gets the flag that creates a file without a name in the directory of the path (<c>O_TMPFILE</c>).</summary>
    public static int Unnamed { get; } = 0x400000 | IsDirectory;

    [LibraryImport(NativeLibraries.C, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial SafeFileHandle Open(string path, int flags, uint mode);

    [LibraryImport(NativeLibraries.C, EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial SafeFileHandle OpenAt(SafeFileHandle directory, string path, int flags, uint mode);

    [LibraryImport(NativeLibraries.C, EntryPoint = "renameat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int RenameAt(SafeFileHandle oldDirectory, string oldPath, SafeFileHandle newDirectory, string newPath);

    [LibraryImport(NativeLibraries.C, EntryPoint = "unlinkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int UnlinkAt(SafeFileHandle directory, string path, int flags);

    [LibraryImport(NativeLibraries.C, EntryPoint = "geteuid")]
    internal static partial uint GetEffectiveUserId();

    [LibraryImport(NativeLibraries.C, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int StatX(SafeFileHandle file, string path, int flags, uint mask, out FileStatusNative status);

    [LibraryImport(NativeLibraries.C, EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int LinkAt(int oldDirectory, string oldPath, int newDirectory, string newPath, int flags);

    [LibraryImport(NativeLibraries.C, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int StatX(int directory, string path, int flags, uint mask, out FileStatusNative status);

    [LibraryImport(NativeLibraries.C, EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(ref PollNative descriptor, nuint count, int milliseconds);

    [LibraryImport(NativeLibraries.C, EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(SafeFileHandle handle, ref byte buffer, nint count);

    [LibraryImport(NativeLibraries.C, EntryPoint = "read", SetLastError = true)]
    internal static partial nint Read(SafeFileHandle handle, ref byte buffer, nint count);
}
