using XenShared.Layout;

namespace XenShared.Hypervisor;

/// <summary>Represents a sample of a domain: its page and the run times of its vCPUs, read at about the same time.</summary>
/// <param name="TakenAt">The time when the page was copied; null if the file does not contain it.</param>
/// <param name="Frame">The frame that was mapped.</param>
/// <param name="Page">The copy of the page.</param>
/// <param name="Vcpus">The run times, read before the page was copied.</param>
public sealed record DomainSample(DateTimeOffset? TakenAt, ulong? Frame, PageSnapshot Page, IReadOnlyList<VcpuRunState> Vcpus);
