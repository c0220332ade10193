using XenShared.Files;
using XenShared.Guests.Memory;

namespace XenShared.Guests.Locating;

/// <summary>Specifies the options for searching guest memory.</summary>
public sealed record LocatorOptions
{
    /// <summary>
    /// Gets a value indicating whether to locate event arrays. One search of the memory locates event arrays and vCPU records together.
    /// </summary>
    public bool EventArrays { get; init; }

    /// <summary>Gets a value indicating whether to locate vCPU records (<c>vcpu_info</c>).</summary>
    public bool VcpuRecords { get; init; }

    /// <summary>
    /// Gets a value indicating whether to locate the control blocks of FIFO events too. <see cref="EventArrays"/> must be set.
    /// </summary>
    public bool ControlBlocks { get; init; }

    /// <summary>
    /// Gets the source: GuestMemory for guest memory, Kernel for the control domain's own kernel, or Auto for both.
    /// </summary>
    public ChannelSource Source { get; init; }

    /// <summary>Gets a value indicating whether to search even if a recent search found nothing.</summary>
    public bool SearchAgain { get; init; }

    /// <summary>
    /// Gets a value indicating whether to search even if that makes Xen populate pages of the guest, for which the host can lack memory.
    /// </summary>
    public bool Force { get; init; }

    /// <summary>
    /// Gets the maximum time to sample places that look like vCPU records, until it is known to which vCPU each belongs. A vCPU of an idle
    /// guest may not run for seconds.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets the cache of the places that earlier searches found.</summary>
    public GuestLocationCache Remembered { get; init; } = GuestLocationCache.Standard;

    /// <summary>Gets the callback for progress; null for none.</summary>
    public Action<ScanProgress>? Progress { get; init; }
}
