using System.Runtime.InteropServices;

namespace XenShared.Native.Tests.Fake;

/// <summary><c>struct fakexen_counters</c> of <c>fakexen/fakexen.h</c>: what was handed out, and what came back.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct FakeXenCounters
{
    public ulong Opens;
    public ulong Closes;
    public ulong Maps;
    public ulong Unmaps;

    /// <summary>Of the maps, those that could be written through.</summary>
    public ulong WritableMaps;

    /// <summary>Pages of guests that are still mapped, as the kernel has it.</summary>
    public ulong LiveMaps;

    public ulong BuffersAllocated;
    public ulong BuffersFreed;

    /// <summary>Blocks of malloc's that the caller has to free.</summary>
    public ulong Results;

    /// <summary>Those that were not freed.</summary>
    public ulong LiveResults;

    /// <summary>Libraries that were opened without a logger.</summary>
    public ulong NullLoggers;

    /// <summary>Messages given to the caller's logger.</summary>
    public ulong LogMessages;

    /// <summary>Handles closed twice or used when closed, pointers that are no hypercall buffer, and the like.</summary>
    public ulong Misuses;

    public ulong MulticallEntries;
    public ulong LargestMulticall;
}
