using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Queries;
using XenShared.Targets;
using XenShared.Targets.Simulated;

namespace XenShared.Tests.Support;

/// <summary>Represents a simulated host on which actions run between reads.</summary>
internal sealed class HookedTarget(SimulatedTarget target) : IXenDataSource
{
    /// <summary>Gets or sets the action that runs before the domains are read.</summary>
    public Action? BeforeDomains { get; set; }

    /// <summary>Gets or sets the action that runs before a domain's pages are read.</summary>
    public Action<ushort>? BeforeSamples { get; set; }

    /// <summary>Gets or sets the action that runs before a domain's ports are read.</summary>
    public Action<ushort>? BeforePorts { get; set; }

    /// <summary>Gets or sets the action that runs before a domain's processor states are read.</summary>
    public Action<ushort>? BeforeContexts { get; set; }

    /// <summary>Gets or sets the action that runs before a capture is taken.</summary>
    public Action<CaptureRequest>? BeforeCapture { get; set; }

    /// <summary>Gets or sets the function that changes the processor states of a domain after each read.</summary>
    public Func<IReadOnlyList<VcpuContext>, IReadOnlyList<VcpuContext>>? ChangeContexts { get; set; }

    public string DisplayName => target.DisplayName;

    public TargetKind Kind => target.Kind;

    public HostInfo Host => target.Host;

    public bool IsLive => target.IsLive;

    public bool IsRealTime => target.IsRealTime;

    public bool IsRemote { get; init; }

    public DateTimeOffset? TakenAt => null;

    public bool HasLocations => target.HasLocations;

    public bool CanReadTscInfo => target.CanReadTscInfo;

    public TscInfo ReadTscInfo(ushort domId) => target.ReadTscInfo(domId);

    public IEnumerable<DomainInfo> ReadDomains()
    {
        BeforeDomains?.Invoke();
        return target.ReadDomains();
    }

    public DomainInfo ReadDomain(ushort domId) => target.ReadDomain(domId);

    public DomainSample ReadSample(ushort domId) => target.ReadSample(domId);

    public IReadOnlyList<DomainSample> ReadSamples(DomainInfo domain, bool runStates = true)
    {
        BeforeSamples?.Invoke(domain.DomId);
        return target.ReadSamples(domain, runStates);
    }

    public IReadOnlyList<VcpuContext> ReadVcpuContexts(DomainInfo domain)
    {
        BeforeContexts?.Invoke(domain.DomId);
        var contexts = target.ReadVcpuContexts(domain);
        return ChangeContexts?.Invoke(contexts) ?? contexts;
    }

    public LocatedEventArray? ReadEventArray(ushort domId, out XenException? whyNot) => target.ReadEventArray(domId, out whyNot);

    public IReadOnlyList<LocatedVcpuInfo> ReadVcpuRecords(ushort domId, out XenException? whyNot) =>
        target.ReadVcpuRecords(domId, out whyNot);

    public PortTable ReadPorts(ushort domId)
    {
        BeforePorts?.Invoke(domId);
        return target.ReadPorts(domId);
    }

    public string? ReadName(ushort domId) => target.ReadName(domId);

    public WallClockContent? ReadHostClock(DomainSample? sample = null) => target.ReadHostClock();

    public IReadOnlyDictionary<string, string> ReadDeviceNodes(ushort domId) => target.ReadDeviceNodes(domId);

    public DeviceTable? ReadDevices(ushort domId) => target.ReadDevices(domId);

    public IGuestMemory? Memory => IsRemote ? null : target.Memory;

    public P2mPages? ReadP2m(ushort domId, ulong first, ulong count)
    {
        if (!IsRemote) return null;
        using var capture = TakeCapture(
            new CaptureRequest { DomIds = [domId], Parts = CaptureParts.P2m, FirstP2mPage = first, P2mPageCount = count });
        return capture.ReadP2m(domId, first, count);
    }

    public IXenDataSource TakeCapture(CaptureRequest request, CancellationToken cancellation = default)
    {
        BeforeCapture?.Invoke(request);
        using var output = new MemoryStream();
        var local = new HookedTarget(target) { BeforeContexts = BeforeContexts, ChangeContexts = ChangeContexts };
        new CaptureExport(local, new RecordingObserver())
        {
            Parts = request.Parts,
            SampleTime = request.SampleTime,
            FirstP2mPage = request.FirstP2mPage,
            P2mPageCount = request.P2mPageCount ?? CaptureExport.StandardP2mPageCount,
        }.Run(new DomainSelection { DomIds = request.DomIds }, output, cancellation);
        return CaptureText.Open(output.ToArray());
    }

    public MappingProcessTable? ReadMappingProcesses(ushort domId) => target.ReadMappingProcesses(domId);

    public DateTimeOffset? GetTime(ushort domId) => target.GetTime(domId);

    public void Dispose() => target.Dispose();
}
