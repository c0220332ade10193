using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>Holds a descriptor that is polled (<c>struct pollfd</c>).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollNative
{
    public int Descriptor;
    public short Wanted;
    public short Ready;
}
