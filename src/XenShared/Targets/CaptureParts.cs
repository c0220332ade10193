namespace XenShared.Targets;

/// <summary>What of a host is wanted in a capture, beside its domains' own lines.</summary>
[Flags]
public enum CaptureParts
{
    /// <summary>The domains alone.</summary>
    Domains = 0,

    /// <summary>Copies of their shared pages.</summary>
    Pages = 1,

    /// <summary>The states of their ports.</summary>
    Ports = 2,

    /// <summary>What xenstore says about their ports.</summary>
    Devices = 4,

    /// <summary>The FIFO event arrays in their memory.</summary>
    EventArrays = 8,

    /// <summary>The vCPU records in their memory.</summary>
    VcpuRecords = 16,

    /// <summary>
    /// What Xen prints about all channels when it is asked by debug key: it stands in Xen's log afterwards, so it is in a capture only when
    /// it is asked for.
    /// </summary>
    DebugKey = 32,

    /// <summary>All that leaves no trace on the host.</summary>
    Standard = Pages | Ports | Devices | EventArrays | VcpuRecords,
}
