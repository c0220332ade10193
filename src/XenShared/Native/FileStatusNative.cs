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

    [FieldOffset(28)]
    public ushort Mode;

    /// <summary>Gets the type.</summary>
    public readonly int Type => Mode & TypeMask;
}
