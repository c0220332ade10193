using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>Represents the part of <c>struct statx</c> that this program uses. Its layout is the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatusNative
{
    private const int TypeMask = 0xf000;

    /// <summary>The file types, as values of <see cref="Type"/> (<c>S_IFMT</c>).</summary>
    public const int Pipe = 0x1000;
    public const int CharacterDevice = 0x2000;
    public const int Directory = 0x4000;
    public const int BlockDevice = 0x6000;
    public const int Regular = 0x8000;
    public const int Socket = 0xc000;

    // The write permissions of the group and of all others (S_IWGRP, S_IWOTH).
    private const int OthersWrite = 0x12;

    [FieldOffset(20)]
    public uint UserId;

    [FieldOffset(28)]
    public ushort Mode;

    [FieldOffset(40)]
    public ulong Size;

    /// <summary>Determines whether the file belongs to a user and nobody else can write to it.</summary>
    public readonly bool IsOnlyOf(uint userId) => UserId == userId && (Mode & OthersWrite) == 0;

    /// <summary>Gets the file type, such as <see cref="Regular"/>.</summary>
    public readonly int Type => Mode & TypeMask;
}
