namespace XenShared;

/// <summary>
/// Specifies the reasons why a vCPU does not run (<c>VPF_*</c> of Xen 4.3 and later). Before Xen 4.3, the bit of
/// <see cref="VcpuPauseFlags.MemoryPaging"/> stands for any memory event.
/// </summary>
[Flags]
public enum VcpuPauseFlags
{
    /// <summary>No reason.</summary>
    None = 0,

    /// <summary>Waits for an event.</summary>
    Blocked = 1,

    /// <summary>Offline.</summary>
    Down = 2,

    /// <summary>Waits for an event that Xen consumes, such as an event from the device model.</summary>
    BlockedInXen = 4,

    /// <summary>Moves to another processor.</summary>
    Migrating = 8,

    /// <summary>Waits for memory to be paged in.</summary>
    MemoryPaging = 16,

    /// <summary>Waits for the answer of a program that monitors memory accesses.</summary>
    MemoryAccess = 32,

    /// <summary>Waits for memory sharing.</summary>
    MemorySharing = 64,

    /// <summary>Is being reset.</summary>
    InReset = 128,

    /// <summary>Has used up the processor time that the cap of its domain permits.</summary>
    Parked = 256,
}
