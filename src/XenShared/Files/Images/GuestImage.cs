using XenShared.Hypervisor;

namespace XenShared.Files.Images;

/// <summary>
/// Represents one guest in a file: a core dump, a saved guest, or a bare page. Parts that the file does not have are null.
/// </summary>
public sealed record GuestImage
{
    /// <summary>The number of a guest whose file does not carry it: Xen's own word for "no domain" (<c>DOMID_INVALID</c>).</summary>
    public const ushort NoDomId = 0x7ff4;

    /// <summary>Gets the host it was made on, in so far as the file carries it.</summary>
    public required HostInfo Host { get; init; }

    /// <summary>Gets the guest.</summary>
    public required DomainInfo Domain { get; init; }

    /// <summary>Gets its name.</summary>
    public string? Name { get; init; }

    /// <summary>Gets its shared page, 4,096 bytes; null when the file does not hold it.</summary>
    public ReadOnlyMemory<byte>? SharedInfo { get; init; }

    /// <summary>Gets why the file does not hold the shared page, as a clause.</summary>
    public string WhyNoSharedInfo { get; init; } = "";

    /// <summary>Gets where its memory is in the file; null when the file holds none.</summary>
    public PageIndex? Memory { get; init; }

    /// <summary>
    /// Gets a value indicating whether page tables in the memory hold the machine's frame numbers, as they did in the guest. A saved
    /// guest's are rewritten.
    /// </summary>
    public bool HasMachineFrames { get; init; }

    /// <summary>
    /// Gets how fast the guest's TSC ran, in kHz, by whose measure Xen made its clocks; null when the file does not carry it.
    /// </summary>
    public uint? TscKilohertz { get; init; }

    /// <summary>Ports that the guest's memory names, by their xenstore path.</summary>
    public IReadOnlyDictionary<string, string> DeviceNodes { get; init; } = new Dictionary<string, string>();
}
