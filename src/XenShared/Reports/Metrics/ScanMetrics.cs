namespace XenShared.Reports.Metrics;

/// <summary>
/// Counts the channels and the vCPU records of domains by whether their state was located. Modern guests keep it in their own memory, so a
/// search of this memory must find it.
/// </summary>
internal sealed class ScanMetrics(IEnumerable<XenEventChannel> channels, IEnumerable<XenVcpuInfo> vcpus)
{
    private static readonly string[] s_results = ["located", "candidate", "not_located"];

    private readonly MetricFamily _scan = new(
        "xenshared_domain_scan_state",
        "Channels and vCPU records of a domain by result: located (the state that Xen uses), candidate (not proved) and not_located");

    public IEnumerable<MetricFamily> Families()
    {
        foreach (var group in channels.GroupBy(channel => (channel.HostName, channel.DomId)))
            Add(group.Key, group.First().DomainName, "event_channels", [.. group.Select(ResultOf)]);
        foreach (var group in vcpus.GroupBy(vcpu => (vcpu.HostName, vcpu.DomId)))
            Add(group.Key, group.First().DomainName, "vcpu_info", [.. group.Select(ResultOf)]);
        return [_scan];
    }

    private void Add((string Host, ushort DomId) domain, string? name, string part, string[] results)
    {
        // Each of the three results gets a sample, also with the value 0, because the numbers of all three are known.
        foreach (var result in s_results)
            _scan.Add(
                MetricSample.Create(domain.Host, domain.DomId, name, results.Count(found => found == result))!
                    .With("part", part)
                    .With("state", result));
    }

    private static string ResultOf(XenEventChannel channel) => s_results[channel switch
    {
        { Pending: null } => 2,
        { IsLive: true } => 0,
        _ => 1,
    }];

    private static string ResultOf(XenVcpuInfo vcpu) => s_results[vcpu switch
    {
        { IsLive: true } => 0,
        { IsLive: null, Source: StateSource.GuestMemory } => 1,
        _ => 2,
    }];
}
