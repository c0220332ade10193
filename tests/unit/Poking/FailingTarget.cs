using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Targets;
using XenShared.Targets.Simulated;

namespace XenShared.Tests.Poking;

/// <summary>Represents a simulated host on which writing to guests can fail.</summary>
internal sealed class FailingTarget(SimulatedTarget target) : IXenDataSource, IGuestWriter
{
    /// <summary>Gets the callback that runs before a frame is mapped for writing.</summary>
    public Action<ulong>? OnWrite { get; init; }

    public string DisplayName => target.DisplayName;

    public TargetKind Kind => target.Kind;

    public HostInfo Host => target.Host;

    public bool IsLive => target.IsLive;

    public bool IsRealTime => target.IsRealTime;

    public DateTimeOffset? TakenAt => null;

    public IGuestMemory? Memory => target.Memory;

    public IGuestWriter Writer => this;

    public ushort? OwnDomId => target.OwnDomId;

    public IEnumerable<DomainInfo> ReadDomains() => target.ReadDomains();

    public DomainInfo ReadDomain(ushort domId) => target.ReadDomain(domId);

    public DomainSample ReadSample(ushort domId) => target.ReadSample(domId);

    public IReadOnlyList<DomainSample> ReadSamples(DomainInfo domain, bool runStates = true) => target.ReadSamples(domain, runStates);

    public PortTable ReadPorts(ushort domId) => target.ReadPorts(domId);

    public string? ReadName(ushort domId) => target.ReadName(domId);

    public WallClockContent? ReadHostClock(DomainSample? sample = null) => target.ReadHostClock();

    public IReadOnlyDictionary<string, string> ReadDeviceNodes(ushort domId) => target.ReadDeviceNodes(domId);

    public DeviceTable? ReadDevices(ushort domId) => target.ReadDevices(domId);

    public string? ReadStartTime(DomainInfo domain) => target.ReadStartTime(domain);

    public int VisitFrames(ushort domId, ReadOnlySpan<ulong> frames, FrameVisitor visit) => target.VisitFrames(domId, frames, visit);

    public ulong ReadHighestFrame(ushort domId) => target.ReadHighestFrame(domId);

    public bool TryFindMemory(ushort domId, ulong first, Span<bool> hasMemory) => target.TryFindMemory(domId, first, hasMemory);

    public MemoryHazards ReadHazards(ushort domId, bool isTranslated) => target.ReadHazards(domId, isTranslated);

    public void WriteFrame(ushort domId, ulong frame, FrameWriter write)
    {
        OnWrite?.Invoke(frame);
        target.WriteFrame(domId, frame, write);
    }

    public void SendEvent(uint localPort, ushort domId, uint port) => target.SendEvent(localPort, domId, port);

    public void Dispose()
    {
        // The host belongs to the test.
    }
}
