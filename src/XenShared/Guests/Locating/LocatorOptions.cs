using XenShared.Files;
using XenShared.Guests.Memory;

namespace XenShared.Guests.Locating;

/// <summary>Specifies how guests' memory is searched.</summary>
public sealed record LocatorOptions
{
    /// <summary>Gets a value indicating whether event arrays are wanted: a search looks for all that is wanted at once.</summary>
    public bool EventArrays { get; init; }

    /// <summary>Gets a value indicating whether vCPU records are.</summary>
    public bool VcpuRecords { get; init; }

    /// <summary>Gets a value indicating whether memory is searched although it was searched in vain a short time ago.</summary>
    public bool SearchAgain { get; init; }

    /// <summary>Gets a value indicating whether memory is searched even where that changes it.</summary>
    public bool Force { get; init; }

    /// <summary>
    /// Gets how long records are watched at most until each is known to be some vCPU's. An idle guest's vCPU may not run for seconds.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets where finds are remembered.</summary>
    public GuestLocationCache Remembered { get; init; } = GuestLocationCache.Standard;

    /// <summary>Told how far a search is; null for nobody.</summary>
    public Action<ScanProgress>? Progress { get; init; }
}
