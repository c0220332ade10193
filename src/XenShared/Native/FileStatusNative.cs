using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>Holds what is wanted of <c>struct statx</c>, whose layout is the same on every processor.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatusNative
{
    private const int TypeMask = 0xf000;

    /// <summary>The types of a file (<c>S_IFMT</c>).</summary>
    public const int Pipe = 0x1000;
    public const int CharacterDevice = 0x2000;
    public const int Directory = 0x4000;
    public const int BlockDevice = 0x6000;
    public const int Regular = 0x8000;
    public const int Socket = 0xc000;

    // S_IWGRP and S_IWOTH.
    private const int OthersWrite = 0x12;

    [FieldOffset(20)]
    public uint UserId;

    [FieldOffset(28)]
    public ushort Mode;

    [FieldOffset(40)]
    public ulong Size;

    /// <summary>Gets whether it is a user's, and nobody else may write to it.</summary>
    public readonly bool IsOnlyOf(uint userId) => UserId == userId && (Mode & OthersWrite) == 0;

    /// <summary>Gets the type.</summary>
    public readonly int Type => Mode & TypeMask;
}
