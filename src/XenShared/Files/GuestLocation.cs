using XenShared.Hypervisor;

namespace XenShared.Files;

/// <summary>
/// Represents the places that were located in a guest's memory, where the next search begins. Each place is verified again before it is
/// used.
/// </summary>
public sealed record GuestLocation
{
    // FIFO's limit: 131,072 ports, 1,024 to a page.
    private const int MaximumPages = 128;

    /// <summary>Gets the domain's number.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets its UUID.</summary>
    public required Guid Uuid { get; init; }

    /// <summary>Gets when the toolstack started it, in its own words; null when it does not say.</summary>
    public string? StartTime { get; init; }

    /// <summary>
    /// Gets what the guest's shared page looked like, in so far as it changes when the guest sets up its event channels and records anew
    /// (a new kernel by kexec, a reset): then what was found before is worth nothing.
    /// </summary>
    public required string Fingerprint { get; init; }

    /// <summary>Pages of the event array; null when they were not looked for, or not found.</summary>
    public IReadOnlyList<EventPageLocation>? EventPages { get; init; }

    /// <summary>Gets when the memory was last searched for an event array; null when it was not.</summary>
    public DateTimeOffset? SearchedAt { get; init; }

    /// <summary>Pages that the array could have had then, by the ports in use.</summary>
    public int SearchedPages { get; init; }

    /// <summary>Gets when the memory was last searched for vCPU records; null when it was not.</summary>
    public DateTimeOffset? RecordsSearchedAt { get; init; }

    /// <summary>Places of the vCPUs' records; null when they were not looked for, or not found.</summary>
    public IReadOnlyList<VcpuInfoLocation>? VcpuRecords { get; init; }

    /// <summary>Gets a value indicating whether it can be: a file can say anything.</summary>
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
            return VcpuRecords is null
                || VcpuRecords.All(record => record is { Vcpu: >= 0 and < DomainInfo.MaximumVcpus, Evidence: not null })
                    && VcpuRecords.DistinctBy(record => record.Vcpu).Count() == VcpuRecords.Count;
        }
    }
}
