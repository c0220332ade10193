using XenShared.Hypervisor;

namespace XenShared.Files.Images;

/// <summary>
/// Represents the guest in a file: a core dump, a saved guest or a single page. Parts that the file does not contain are null.
/// </summary>
public sealed record GuestImage
{
    /// <summary>The domain number if the file does not contain it: Xen's number for "no domain" (<c>DOMID_INVALID</c>).</summary>
    public const ushort NoDomId = 0x7ff4;

    /// <summary>Gets the host on which the file was made, as far as the file contains it.</summary>
    public required HostInfo Host { get; init; }

    /// <summary>Gets the domain information of the guest, as far as the file contains it.</summary>
    public required DomainInfo Domain { get; init; }

    /// <summary>Gets the name of the guest; null if the file does not contain it.</summary>
    public string? Name { get; init; }

    /// <summary>Gets the shared page, 4,096 bytes; null if the file does not contain it.</summary>
    public ReadOnlyMemory<byte>? SharedInfo { get; init; }

    /// <summary>Gets the reason why the file does not contain the shared page, as a clause.</summary>
    public string WhyNoSharedInfo { get; init; } = "";

    /// <summary>Gets the index of the guest's memory in the file; null if the file contains none.</summary>
    public PageIndex? Memory { get; init; }

    /// <summary>
    /// Gets a value indicating whether the page tables contain machine frame numbers, as in the running PV guest. In a saved guest, the
    /// toolstack has replaced these with guest frame numbers.
    /// </summary>
    public bool HasMachineFrames { get; init; }

    /// <summary>Gets the processor states of the vCPUs, lowest number first; empty if the file does not contain them.</summary>
    public IReadOnlyList<VcpuContext> Contexts { get; init; } = [];

    /// <summary>
    /// Gets the frequency of the guest's TSC in kHz, on which Xen based the clocks; null if the file does not contain it.
    /// </summary>
    public uint? TscKilohertz { get; init; }

    /// <summary>
    /// Gets the ports of xenstore and of the console that guest memory names (<c>store/port</c>, <c>console/port</c>), as text by xenstore
    /// path; empty if they were not found.
    /// </summary>
    public IReadOnlyDictionary<string, string> DeviceNodes { get; init; } = new Dictionary<string, string>();
}
