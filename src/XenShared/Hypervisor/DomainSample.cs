using XenShared.Layout;

namespace XenShared.Hypervisor;

/// <summary>A domain's page and its vCPUs' run times, read at about the same moment.</summary>
/// <param name="TakenAt">When the page was copied; null when the file does not carry it.</param>
/// <param name="Frame">The frame that was mapped.</param>
/// <param name="Page">The copy of the page.</param>
/// <param name="Vcpus">Read before the page: a vCPU that has run by then ran before the page was copied.</param>
public sealed record DomainSample(DateTimeOffset? TakenAt, ulong? Frame, PageSnapshot Page, IReadOnlyList<VcpuRunState> Vcpus);
