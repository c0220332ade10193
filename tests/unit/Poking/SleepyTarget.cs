using XenShared.Hypervisor;
using XenShared.Layout;
using XenShared.Targets;
using XenShared.Targets.Simulated;

namespace XenShared.Tests.Poking;

/// <summary>Represents a simulated host on which an action runs after each read of a page.</summary>
internal sealed class SleepyTarget(SimulatedTarget target, Action afterLook) : IXenDataSource, IGuestWriter
{
    public string DisplayName => target.DisplayName;

    public TargetKind Kind => target.Kind;

    public HostInfo Host => target.Host;

    public bool IsLive => target.IsLive;

    public bool IsRealTime => target.IsRealTime;

    public DateTimeOffset? TakenAt => null;

    public IGuestWriter Writer => this;

    public IEnumerable<DomainInfo> ReadDomains() => target.ReadDomains();

    public DomainInfo ReadDomain(ushort domId) => target.ReadDomain(domId);

    public DomainSample ReadSample(ushort domId)
    {
        var sample = target.ReadSample(domId);
        afterLook();
        return sample with
        {
            Vcpus =
            [
                .. sample.Vcpus.Select(vcpu => vcpu with { Blocked = target.Guest(domId).Vcpus[vcpu.Vcpu].IsBlocked && vcpu.Blocked }),
            ],
        };
    }

    public IReadOnlyList<DomainSample> ReadSamples(DomainInfo domain, bool runStates = true) => target.ReadSamples(domain, runStates);

    public PortTable ReadPorts(ushort domId) => target.ReadPorts(domId);

    public string? ReadName(ushort domId) => target.ReadName(domId);

    public WallClockContent? ReadHostClock(DomainSample? sample = null) => target.ReadHostClock();

    public IReadOnlyDictionary<string, string> ReadDeviceNodes(ushort domId) => target.ReadDeviceNodes(domId);

    public DeviceTable? ReadDevices(ushort domId) => target.ReadDevices(domId);

    public void WriteFrame(ushort domId, ulong frame, FrameWriter write) => target.WriteFrame(domId, frame, write);

    public void SendEvent(uint localPort, ushort domId, uint port) => target.SendEvent(localPort, domId, port);

    public void Dispose() => target.Dispose();
}
