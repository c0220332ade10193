using System.Runtime.InteropServices;

namespace XenShared.Native.Tests.Fake;

/// <summary>
/// Represents <c>struct fakexen_counters</c> of <c>fakexen/fakexen.h</c>: the numbers of allocated and released resources.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct FakeXenCounters
{
    public ulong Opens;
    public ulong Closes;
    public ulong Maps;
    public ulong Unmaps;

    /// <summary>The number of writable maps.</summary>
    public ulong WritableMaps;

    /// <summary>The number of guest pages that are still mapped, as the kernel counts them.</summary>
    public ulong LiveMaps;

    public ulong BuffersAllocated;
    public ulong BuffersFreed;

    /// <summary>The number of blocks from malloc that the caller must free.</summary>
    public ulong Results;

    /// <summary>The number of blocks that were not freed.</summary>
    public ulong LiveResults;

    /// <summary>The number of libraries that were opened without a logger.</summary>
    public ulong NullLoggers;

    /// <summary>The number of messages to the caller's logger.</summary>
    public ulong LogMessages;

    /// <summary>
    /// The number of misuses: a handle that is closed twice or used after it is closed, a pointer that is not a hypercall buffer, and so
    /// on.
    /// </summary>
    public ulong Misuses;

    public ulong MulticallEntries;
    public ulong LargestMulticall;
}
