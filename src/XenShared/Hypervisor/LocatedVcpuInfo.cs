namespace XenShared.Hypervisor;

/// <summary>Represents a <c>vcpu_info</c> that was read from guest memory, or from the kernel on which this program runs.</summary>
/// <param name="Vcpu">The vCPU.</param>
/// <param name="Pfn">The guest frame number of the page that contains it; 0 if it was read from the kernel.</param>
/// <param name="Frame">The number to map this page with: an MFN for PV, otherwise the same as <paramref name="Pfn"/>.</param>
/// <param name="Offset">The offset in the page in bytes.</param>
/// <param name="TakenAt">The time when it was read; null if the file does not contain it.</param>
/// <param name="Bytes">A copy of the <c>vcpu_info</c>, 64 bytes.</param>
/// <param name="IsUnstable">Whether Xen was updating the clock in it during every attempt to read it, so the clock must not be
/// used.</param>
/// <param name="Evidence">The evidence that this is a <c>vcpu_info</c> and that it belongs to this vCPU.</param>
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
    /// Gets a value indicating whether the <c>vcpu_info</c> is proved to be live. It is false if it was found in a memory image, whose
    /// content does not change; it is then inferred from its clock alone.
    /// </summary>
    public bool IsProved { get; init; } = true;

    /// <summary>
    /// Gets the source: guest memory, or the kernel on which this program runs. In the second case, the frame numbers and the offset are 0.
    /// </summary>
    public StateSource Source { get; init; } = StateSource.GuestMemory;
}
