using XenShared.Layout;
using XenShared.Queries;

namespace XenShared.Reports.Metrics;

/// <summary>
/// Converts query results to metrics: text that is valid as OpenMetrics and for the textfile collector of the Prometheus node exporter,
/// because it contains only gauges. Repeated objects count once. Unknown values have no sample, and are never 0.
/// </summary>
public sealed class XenMetrics
{
    private readonly Dictionary<(string Host, ushort DomId), XenDomain> _domains = [];
    private readonly Dictionary<(string Host, ushort DomId, uint Port), XenEventChannel> _channels = [];
    private readonly Dictionary<(string Host, ushort DomId, int Vcpu), XenVcpuInfo> _vcpus = [];
    private readonly Dictionary<(string Host, ushort DomId), XenSharedInfo> _pages = [];
    private readonly Dictionary<(string Host, ushort DomId, string Kind, string Id), XenDevice> _devices = [];
    private readonly Dictionary<(string Host, ushort DomId), XenClock> _clocks = [];
    private readonly Dictionary<string, XenWallClock> _controlClocks = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Host, ushort DomId, string Rule, int? Vcpu, uint? Port), XenFault> _faults = [];
    private readonly Dictionary<(string Host, ushort DomId, string Rule), XenRuleResult> _results = [];
    private TimeSpan? _cost;

    /// <summary>Adds a domain.</summary>
    public void Add(XenDomain domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        _domains[(domain.HostName, domain.DomId)] = domain;
    }

    /// <summary>Adds a channel. Closed ports are ignored.</summary>
    public void Add(XenEventChannel channel)
    {
        ArgumentNullException.ThrowIfNull(channel);
        if (channel.State != ChannelState.Closed) _channels[(channel.HostName, channel.DomId, channel.Port)] = channel;
    }

    /// <summary>Adds a vCPU record. A record with known liveness is not replaced by one with unknown liveness.</summary>
    public void Add(XenVcpuInfo vcpu)
    {
        ArgumentNullException.ThrowIfNull(vcpu);
        var key = (vcpu.HostName, vcpu.DomId, vcpu.Vcpu);
        if (vcpu.IsLive is not null || !_vcpus.TryGetValue(key, out var known) || known.IsLive is null) _vcpus[key] = vcpu;
    }

    /// <summary>Adds a page: its wall clock and its vCPU records.</summary>
    public void Add(XenSharedInfo page)
    {
        ArgumentNullException.ThrowIfNull(page);
        _pages[(page.HostName, page.DomId)] = page;
        if (page.DomId == 0 && page.WallClock is { } clock) _controlClocks.TryAdd(page.HostName, clock);
        foreach (var vcpu in page.Vcpu) Add(vcpu);
    }

    /// <summary>Adds a device.</summary>
    public void Add(XenDevice device)
    {
        ArgumentNullException.ThrowIfNull(device);
        _devices[(device.HostName, device.DomId, device.Kind, device.Id)] = device;
    }

    /// <summary>Adds the clock of a domain.</summary>
    public void Add(XenClock clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        _clocks[(clock.HostName, clock.DomId)] = clock;
    }

    /// <summary>Adds a fault.</summary>
    public void Add(XenFault fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        _faults[(fault.HostName, fault.DomId, fault.Rule, fault.Vcpu, fault.Port)] = fault;
    }

    /// <summary>Adds the result of a rule for a domain.</summary>
    public void Add(XenRuleResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        _results[(result.HostName, result.DomId, result.Rule)] = result;
    }

    /// <summary>Adds all data of a report.</summary>
    public void Add(HostReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        foreach (var domain in report.Domains)
        {
            Add(domain.Domain);
            if (domain.Page is { } page) Add(page);
            foreach (var channel in domain.Channels) Add(channel);
            foreach (var device in domain.Devices ?? []) Add(device);
            foreach (var fault in domain.Faults) Add(fault);
            foreach (var result in domain.Results) Add(result);
        }
    }

    /// <summary>Sets the clock of a host's control domain. Without it, the clock in the page of domain 0 is used.</summary>
    public void SetControlClock(string host, WallClockContent? clock)
    {
        if (clock is { } known)
            _controlClocks[host] = new XenWallClock
            {
                Version = known.Version,
                Seconds = known.Seconds,
                Nanoseconds = known.Nanoseconds,
            };
    }

    /// <summary>Sets the time that it took to read the data.</summary>
    public void SetCost(TimeSpan cost) => _cost = cost;

    /// <summary>Returns the metrics line by line. The last line is the end marker.</summary>
    public IEnumerable<string> Lines()
    {
        foreach (var family in (MetricFamily[])
                [
                    .. DomainFamilies(),
                    .. new ChannelMetrics(_channels.Values).Families(),
                    .. new ScanMetrics(_channels.Values, _vcpus.Values).Families(),
                    .. VcpuFamilies(),
                    .. ClockFamilies(),
                    .. new ClockMetrics(_clocks.Values).Families(),
                    .. new DeviceMetrics(_devices.Values).Families(),
                    .. FaultFamilies(),
                    .. CostFamilies(),
                ])
        {
            var samples = family.Samples.ToArray();
            if (samples.Length == 0) continue;
            yield return $"# HELP {family.Name} {family.Help}";
            yield return $"# TYPE {family.Name} gauge";
            foreach (var sample in samples)
            {
                var labels = sample.LabelsWith(UuidOf(sample));
                yield return $"{family.Name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {sample.Value}";
            }
        }
        yield return "# EOF";
    }

    private IEnumerable<MetricFamily> DomainFamilies()
    {
        var info = new MetricFamily("xenshared_domain_info", "Information about a domain, with its event ABI, as labels");
        var state = new MetricFamily("xenshared_domain_state", "State of a domain, as a label");
        var vcpus = new MetricFamily("xenshared_domain_vcpus", "vCPUs that are online");
        var memory = new MetricFamily("xenshared_domain_memory_bytes", "Memory of a domain");
        var time = new MetricFamily(
            "xenshared_domain_processor_seconds",
            "Processor time of all vCPUs of a domain since its start");
        var limit = new MetricFamily(
            "xenshared_event_channels_limit",
            "Event channels that the event ABI of a domain permits; its configuration can permit fewer");
        foreach (var domain in _domains.Values)
        {
            info.Add(
                Sample(domain, 1)
                    ?.With("type", domain.Type?.ToString() ?? "")
                    .With("event_abi", domain.EventAbi.ToString()));
            if (domain.State is { } doing)
                state.Add(Sample(domain, 1)?.With("state", MetricNames.Snake(doing.ToString())));
            vcpus.Add(Sample(domain, domain.VcpuCount));
            memory.Add(Sample(domain, domain.MemoryBytes));
            time.Add(Sample(domain, domain.CpuTime?.TotalSeconds));
            limit.Add(Sample(domain, LimitOf(domain)));
        }
        return [info, state, vcpus, memory, time, limit];
    }

    private IEnumerable<MetricFamily> VcpuFamilies()
    {
        var live = new MetricFamily(
            "xenshared_vcpu_record_live",
            "1: Xen updates this vCPU record; 0: it is a frozen copy, and the live one was not found");
        var upcall = new MetricFamily("xenshared_vcpu_upcall_pending", "1: an upcall is pending for the vCPU; live records only");
        var mask = new MetricFamily(
            "xenshared_vcpu_upcall_masked",
            "1: a PV guest has switched interrupts of this vCPU off; live records only");
        var clock = new MetricFamily(
            "xenshared_vcpu_system_time_seconds",
            "Time since the start of Xen, as of the last update of the record; live records only");
        foreach (var vcpu in _vcpus.Values)
        {
            live.Add(Sample(vcpu, vcpu.IsLive switch { true => 1, false => 0, null => null }));
            if (vcpu.IsLive != true) continue;
            upcall.Add(Sample(vcpu, Bit(vcpu.UpcallPending)));
            mask.Add(Sample(vcpu, Bit(vcpu.UpcallMask)));
            clock.Add(Sample(vcpu, vcpu.Time?.SystemTime.TotalSeconds));
        }
        return [live, upcall, mask, clock];
    }

    private IEnumerable<MetricFamily> ClockFamilies()
    {
        var offset = new MetricFamily(
            "xenshared_domain_wall_clock_offset_seconds",
            "How far the wall clock of a domain is ahead of the control domain's");
        var updates = new MetricFamily(
            "xenshared_domain_wall_clock_version",
            "Version of the wall clock, which increases by two each time the clock is set");
        var taken = new MetricFamily("xenshared_domain_page_time_seconds", "Unix time at which the shared page of a domain was copied");
        foreach (var page in _pages.Values)
        {
            taken.Add(MetricSample.Create(page.HostName, page.DomId, page.DomainName, page.TakenAt?.ToUnixTimeMilliseconds() / 1000.0));
            var difference = ClockOffset.Between(page.WallClock, _controlClocks.GetValueOrDefault(page.HostName));
            offset.Add(MetricSample.Create(page.HostName, page.DomId, page.DomainName, difference?.TotalSeconds));
            updates.Add(MetricSample.Create(page.HostName, page.DomId, page.DomainName, page.WallClock?.Version));
        }
        return [offset, updates, taken];
    }

    private IEnumerable<MetricFamily> FaultFamilies()
    {
        var byRule = new MetricFamily("xenshared_domain_faults", "Faults of a domain by rule, where there are any");
        foreach (var group in _faults.Values.GroupBy(fault => (fault.HostName, fault.DomId, fault.Rule, fault.Severity)))
        {
            var (host, domId, rule, severity) = group.Key;
            byRule.Add(
                MetricSample
                    .Create(host, domId, group.First().DomainName, group.Count())!
                    .With("rule", rule)
                    .With("severity", MetricNames.Snake(severity.ToString())));
        }
        var judged = new MetricFamily(
            "xenshared_domain_rule_judged",
            "1: the rule judged the domain; 0: it could not, so the absence of a fault means nothing");
        foreach (var result in _results.Values)
            judged.Add(
                MetricSample
                    .Create(result.HostName, result.DomId, result.DomainName, result.Outcome == RuleOutcome.NotJudged ? 0 : 1)!
                    .With("rule", result.Rule));
        // A host gets a sample for each severity, even with the value 0, if a rule has judged one of its domains. If no rule has, the
        // number of faults is not known, and 0 would be wrong. Then the host gets samples only if it has faults.
        var bySeverity = new MetricFamily("xenshared_faults", "Faults of a host by severity");
        foreach (var host in _results
                .Values.Where(result => result.Outcome != RuleOutcome.NotJudged)
                .Select(result => result.HostName)
                .Union(_faults.Values.Select(fault => fault.HostName)))
        {
            foreach (var severity in Enum.GetValues<FaultSeverity>())
                bySeverity.Add(
                    MetricSample
                        .Create(host, _faults.Values.Count(fault => fault.HostName == host && fault.Severity == severity))
                        .With("severity", MetricNames.Snake(severity.ToString())));
        }
        return [byRule, bySeverity, judged];
    }

    private IEnumerable<MetricFamily> CostFamilies()
    {
        var cost = new MetricFamily("xenshared_scan_duration_seconds", "How long it took to collect the metrics");
        if (_cost is { } known) cost.Add(MetricSample.Whole(known.TotalSeconds));
        return [cost];
    }

    private Guid? UuidOf(MetricSample sample) =>
        sample.DomId >= 0 && _domains.TryGetValue((sample.Host, (ushort)sample.DomId), out var domain) ? domain.Uuid : null;

    // Returns the number of ports that the event ABI permits, less port 0, which is never assigned; null if it is not known.
    private static double? LimitOf(XenDomain domain) => (domain.EventAbi, domain.Width) switch
    {
        (EventAbi.Fifo, _) => (1 << 17) - 1,
        (EventAbi.TwoLevel, 64) => 64 * 64 - 1,
        (EventAbi.TwoLevel, 32) => 32 * 32 - 1,
        _ => null,
    };

    private static MetricSample? Sample(XenDomain domain, double? value) =>
        MetricSample.Create(domain.HostName, domain.DomId, domain.Name, value);

    private static MetricSample? Sample(XenVcpuInfo vcpu, double? value) =>
        MetricSample.Create(vcpu.HostName, vcpu.DomId, vcpu.DomainName, value)?.With("vcpu", vcpu.Vcpu);

    private static double? Bit(bool? value) => value switch { true => 1, false => 0, null => null };
}
