namespace XenShared.Hypervisor;

/// <summary>Represents a vCPU record as it was read from guest memory, or from the kernel on which this program runs.</summary>
/// <param name="Vcpu">The vCPU.</param>
/// <param name="Pfn">The guest frame number of its page.</param>
/// <param name="Frame">The number to map the page with: an MFN for PV, otherwise the same as <paramref name="Pfn"/>.</param>
/// <param name="Offset">The offset in the page in bytes.</param>
/// <param name="TakenAt">The time when it was read; null if the file does not contain it.</param>
/// <param name="Bytes">A copy of the record, 64 bytes.</param>
/// <param name="IsUnstable">Whether its clock was being written at each attempt to read it.</param>
/// <param name="Evidence">The evidence for the record and for its vCPU.</param>
public sealed record LocatedVcpuInfo(
    int Vcpu,
    ulong Pfn,
    ulong Frame,
    int Offset,
    DateTimeOffset? TakenAt,
    ReadOnlyMemory<byte> Bytes,
    bool IsUnstable,
    string Evidence)
{
    /// <summary>
    /// Gets a value indicating whether a change of the record proved that it is live. In a file, a record is inferred from its clock alone.
    /// </summary>
    public bool IsProved { get; init; } = true;

    /// <summary>Gets the source: guest memory, or the kernel on which this program runs. A record from the kernel has no address.</summary>
    public StateSource Source { get; init; } = StateSource.GuestMemory;
}
