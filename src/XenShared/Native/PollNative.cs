using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>Represents a file descriptor to wait for with <c>poll</c> (<c>struct pollfd</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollNative
{
    public int Descriptor;
    public short Wanted;
    public short Ready;
}
