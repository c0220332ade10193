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

    /// <summary>Gets the guest.</summary>
    public required DomainInfo Domain { get; init; }

    /// <summary>Gets the name of the guest.</summary>
    public string? Name { get; init; }

    /// <summary>Gets the shared page, 4,096 bytes; null if the file does not contain it.</summary>
    public ReadOnlyMemory<byte>? SharedInfo { get; init; }

    /// <summary>Gets the reason why the file does not contain the shared page, as a clause.</summary>
    public string WhyNoSharedInfo { get; init; } = "";

    /// <summary>Gets the index of the guest's memory in the file; null if the file contains none.</summary>
    public PageIndex? Memory { get; init; }

    /// <summary>
    /// Gets a value indicating whether page tables contain machine frame numbers, as in the running guest. In a saved guest they are
    /// rewritten.
    /// </summary>
    public bool HasMachineFrames { get; init; }

    /// <summary>Gets the processor states of the vCPUs, lowest number first.</summary>
    public IReadOnlyList<VcpuContext> Contexts { get; init; } = [];

    /// <summary>
    /// Gets the frequency of the guest's TSC in kHz, on which Xen based the clocks; null if the file does not contain it.
    /// </summary>
    public uint? TscKilohertz { get; init; }

    /// <summary>Gets the ports that are named in guest memory, by xenstore path.</summary>
    public IReadOnlyDictionary<string, string> DeviceNodes { get; init; } = new Dictionary<string, string>();
}
