using XenShared.Layout;

namespace XenShared.Hypervisor;

/// <summary>
/// Represents the control block of a vCPU, with the heads of its queues of FIFO events, that was read from guest memory.
/// </summary>
/// <param name="Vcpu">The vCPU.</param>
/// <param name="Pfn">The guest frame number of the page that contains it.</param>
/// <param name="Frame">The number to map this page with: an MFN for PV, otherwise the same as <paramref name="Pfn"/>.</param>
/// <param name="TakenAt">The time when it was read.</param>
/// <param name="Content">The content.</param>
/// <param name="Evidence">The evidence that this is the control block.</param>
public sealed record LocatedControlBlock(
    int Vcpu,
    ulong Pfn,
    ulong Frame,
    DateTimeOffset TakenAt,
    ControlBlockContent Content,
    string Evidence)
{
    /// <summary>
    /// Gets a value indicating whether the control block is proved: it changed and still matched the ports, or a queue that is ready begins
    /// with an event that is in a queue. Otherwise it is a candidate: it matches the ports, but a program in the guest can have such a page
    /// too.
    /// </summary>
    public bool IsProved { get; init; }
}
