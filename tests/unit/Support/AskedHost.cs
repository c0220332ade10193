using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Targets;

namespace XenShared.Tests.Support;

/// <summary>Represents a captured host that supports debug keys.</summary>
/// <param name="capture">The host.</param>
/// <param name="text">The output of the debug key.</param>
internal sealed class AskedHost(CaptureTarget capture, string text) : IXenDataSource
{
    /// <summary>Gets the number of dumps.</summary>
    public int Dumps { get; private set; }

    public string DisplayName => capture.DisplayName;

    public TargetKind Kind => TargetKind.Local;

    public HostInfo Host => capture.Host;

    public bool IsLive => true;

    public bool IsRealTime => false;

    public DateTimeOffset? TakenAt => null;

    public bool CanDumpEventChannels => true;

    public IEnumerable<DomainInfo> ReadDomains() => capture.ReadDomains();

    public DomainInfo ReadDomain(ushort domId) => capture.ReadDomain(domId);

    public DomainSample ReadSample(ushort domId) => capture.ReadSample(domId);

    public IReadOnlyList<DomainSample> ReadSamples(DomainInfo domain, bool runStates = true) => capture.ReadSamples(domain, runStates);

    public PortTable ReadPorts(ushort domId) => capture.ReadPorts(domId);

    public string? ReadName(ushort domId) => capture.ReadName(domId);

    public WallClockContent? ReadHostClock(DomainSample? sample = null) => capture.ReadHostClock();

    public IReadOnlyDictionary<string, string> ReadDeviceNodes(ushort domId) => capture.ReadDeviceNodes(domId);

    public DeviceTable? ReadDevices(ushort domId) => capture.ReadDevices(domId);

    public DebugKeyDump DumpEventChannels() => new(capture.TakenAt!.Value.AddSeconds(10 * ++Dumps), text, IsCutOff: false);

    public void Dispose() => capture.Dispose();
}
