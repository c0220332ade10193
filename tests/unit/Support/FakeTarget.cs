using XenShared.Hypervisor;
using XenShared.Kernel;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Tests.Support;

/// <summary>Represents a live host whose data the test sets. It returns the samples of a domain one by one.</summary>
internal class FakeTarget : IXenDataSource
{
    private readonly SortedDictionary<ushort, FakeDomain> _domains = [];

    public FakeTarget(params ReadOnlySpan<FakeDomain> domains)
    {
        foreach (var domain in domains) _domains.Add(domain.Reading.DomId, domain);
    }

    public string DisplayName => "the fake host";

    public TargetKind Kind => TargetKind.Local;

    public HostInfo Host { get; init; } = new("fake", new XenVersion(4, 17, ".7"), "x86_64");

    public bool IsLive { get; init; } = true;

    public DateTimeOffset? TakenAt { get; init; }

    public OwnKernel? OwnKernel { get; init; }

    public WallClockContent? HostClock { get; init; }

    public int HostClockReads { get; private set; }

    /// <summary>Gets or sets the callback that runs before each page is read.</summary>
    public Action<ushort>? OnSample { get; set; }

    protected IReadOnlyDictionary<ushort, FakeDomain> Domains => _domains;

    public IEnumerable<DomainInfo> ReadDomains() => _domains.Values.Select(domain => domain.Reading);

    public DomainInfo ReadDomain(ushort domId) => Find(domId, XenErrorId.DomainNotFound).Reading;

    public DomainSample ReadSample(ushort domId)
    {
        OnSample?.Invoke(domId);
        var domain = Find(domId, XenErrorId.DomainVanished);
        if (domain.SamplesGiven >= domain.Samples.Count && domain.PageError is { } error) throw error;
        return domain.Samples[Math.Min(domain.SamplesGiven++, domain.Samples.Count - 1)];
    }

    public PortTable ReadPorts(ushort domId)
    {
        var domain = Find(domId, XenErrorId.DomainVanished);
        return domain.PortError is { } error ? throw error : domain.Ports ?? new PortTable(64, []);
    }

    public string? ReadName(ushort domId) => _domains.GetValueOrDefault(domId)?.Name;

    public WallClockContent? ReadHostClock(DomainSample? sample = null)
    {
        HostClockReads++;
        return HostClock;
    }

    public IReadOnlyDictionary<string, string> ReadDeviceNodes(ushort domId) => Find(domId, XenErrorId.DomainVanished).Nodes;

    public DeviceTable? ReadDevices(ushort domId)
    {
        var domain = Find(domId, XenErrorId.DomainVanished);
        return domain.DeviceError is { } error ? throw error : domain.Devices;
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    private FakeDomain Find(ushort domId, XenErrorId missing) =>
        _domains.GetValueOrDefault(domId)
        ?? throw new XenException(missing, $"There is no domain {domId} on the fake host", "list its domains") { DomId = domId };
}
