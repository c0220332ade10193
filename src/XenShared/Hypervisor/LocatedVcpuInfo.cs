namespace XenShared.Hypervisor;

/// <summary>A vCPU's record, as it was found in the guest's memory and read.</summary>
/// <param name="Vcpu">The vCPU.</param>
/// <param name="Pfn">The guest's number of the page that it is in.</param>
/// <param name="Frame">The number the page is mapped by: an MFN for PV, else the same.</param>
/// <param name="Offset">Bytes from the page's start.</param>
/// <param name="TakenAt">When it was read; null when the file does not carry it.</param>
/// <param name="Bytes">A copy of it, 64 bytes.</param>
/// <param name="IsUnstable">Whether its clock was being written at each attempt to read it.</param>
/// <param name="Evidence">By what it was recognised, and by what as this vCPU's.</param>
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
    /// Gets a value indicating whether it was seen to move. In memory that stands still it is inferred from its clock alone.
    /// </summary>
    public bool IsProved { get; init; } = true;
}
