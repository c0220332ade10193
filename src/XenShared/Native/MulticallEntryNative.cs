using System.Runtime.InteropServices;

namespace XenShared.Native;

/// <summary>Represents <c>multicall_entry_t</c> of a 64-bit caller: 64 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MulticallEntryNative
{
    public ulong Operation;
    public long Result;
    public ulong Argument0;
    public ulong Argument1;
    private readonly ulong _argument2;
    private readonly ulong _argument3;
    private readonly ulong _argument4;
    private readonly ulong _argument5;
}
