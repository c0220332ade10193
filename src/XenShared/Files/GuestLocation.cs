using XenShared.Hypervisor;

namespace XenShared.Files;

/// <summary>
/// Represents the places in guest memory at which a search has found the event array and vCPU records (<c>vcpu_info</c>) of a domain. Each
/// place is verified again before it is used.
/// </summary>
public sealed record GuestLocation
{
    // The maximum number of pages of an event array: a guest has at most 131,072 FIFO channels, and a page has the words of 1,024.
    private const int MaximumPages = 128;

    /// <summary>Gets the domain's number.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets the UUID of the domain.</summary>
    public required Guid Uuid { get; init; }

    /// <summary>Gets the start time from the toolstack, as text; null if the toolstack does not provide it.</summary>
    public string? StartTime { get; init; }

    /// <summary>
    /// Gets a text that identifies the present kernel of the guest. It differs if the guest has set up its event channels and vCPU records
    /// again since (kexec or a reset), so that the places are no longer valid.
    /// </summary>
    public required string Fingerprint { get; init; }

    /// <summary>Gets the pages of the event array; null if they were not searched for or not found.</summary>
    public IReadOnlyList<EventPageLocation>? EventPages { get; init; }

    /// <summary>Gets the time of the last search for an event array; null if there was none.</summary>
    public DateTimeOffset? SearchedAt { get; init; }

    /// <summary>
    /// Gets the number of pages that the event array needed for the ports in use at that search. If more are needed later, the memory is
    /// searched again.
    /// </summary>
    public int SearchedPages { get; init; }

    /// <summary>Gets the time of the last search for vCPU records (<c>vcpu_info</c>); null if there was none.</summary>
    public DateTimeOffset? RecordsSearchedAt { get; init; }

    /// <summary>Gets the places of the vCPU records; null if they were not searched for or not found.</summary>
    public IReadOnlyList<VcpuInfoLocation>? VcpuRecords { get; init; }

    /// <summary>Gets the places of the control blocks of FIFO events; null if they were not searched for.</summary>
    public IReadOnlyList<ControlBlockLocation>? ControlBlocks { get; init; }

    /// <summary>Gets the time of the last search for control blocks; null if there was none.</summary>
    public DateTimeOffset? BlocksSearchedAt { get; init; }

    /// <summary>
    /// Gets a value indicating whether the values are possible, which must be checked because a cache file can have any content.
    /// </summary>
    internal bool IsWellFormed
    {
        get
        {
            var last = -1;
            foreach (var page in EventPages ?? [])
            {
                if (page is null || page.Index <= last || page.Index >= MaximumPages) return false;
                last = page.Index;
            }
            if (ControlBlocks?.All(block => block is { Vcpu: >= 0 and < DomainInfo.MaximumVcpus }) == false) return false;
            return VcpuRecords is null
                || VcpuRecords.All(record => record is { Vcpu: >= 0 and < DomainInfo.MaximumVcpus, Evidence: not null })
                    && VcpuRecords.DistinctBy(record => record.Vcpu).Count() == VcpuRecords.Count;
        }
    }
}
