using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Targets;

/// <summary>
/// Represents a text with Xen's output about all event channels (debug key <c>e</c>). It contains only channels, no pages and no names.
/// </summary>
public sealed class ConsoleLogTarget : IXenDataSource
{
    private readonly ConsoleLog _log;

    internal ConsoleLogTarget(ConsoleLog log, string displayName)
    {
        _log = log;
        DisplayName = displayName;
    }

    /// <inheritdoc/>
    public string DisplayName { get; }

    /// <inheritdoc/>
    public TargetKind Kind => TargetKind.ConsoleLog;

    /// <inheritdoc/>
    public HostInfo Host => new("", _log.Version, null);

    /// <inheritdoc/>
    public bool IsLive => false;

    /// <inheritdoc/>
    public DateTimeOffset? TakenAt => Channels.TakenAt;

    HypervisorChannels? IXenDataSource.Channels => Channels;

    /// <inheritdoc cref="IXenDataSource.Channels"/>
    public HypervisorChannels Channels => _log.Channels;

    /// <inheritdoc/>
    public string? ChannelsRemark
    {
        get
        {
            var whole = Channels.HasAllDomains && Channels.Domains.Values.All(domain => domain.IsComplete);
            if (_log.SelectedDump < _log.Dumps)
                return $"The last of the {_log.Dumps} dumps of event channels in {DisplayName} did not come through whole, so number "
                    + $"{_log.SelectedDump} is shown.";
            return whole
                ? null
                : $"No dump of event channels in {DisplayName} came through whole: domains and ports can be missing from the last one, "
                    + $"which is shown.";
        }
    }

    /// <inheritdoc/>
    public IEnumerable<DomainInfo> ReadDomains() => Channels.Domains.Keys.Order().Select(domId => new DomainInfo { DomId = domId });

    /// <inheritdoc/>
    public DomainInfo ReadDomain(ushort domId) => new() { DomId = Find(domId).DomId };

    /// <inheritdoc/>
    public DomainSample ReadSample(ushort domId)
    {
        Find(domId);
        throw new XenException(
            XenErrorId.NotSupportedByHost,
            $"{DisplayName} is the log of a console, and does not hold the shared page of domain {domId}",
            "list its event channels, or have a capture made")
        {
            DomId = domId,
        };
    }

    /// <inheritdoc/>
    public IReadOnlyList<DomainSample> ReadSamples(DomainInfo domain, bool runStates = true) => [];

    /// <inheritdoc/>
    public PortTable ReadPorts(ushort domId)
    {
        var ports = Find(domId)
            .Ports.Values.OrderBy(port => port.Port)
            .Select(port => new EventChannelStatus(port.Port, port.State, port.Vcpu, port.RemoteDomId, port.RemotePort, port.Irq))
            .ToArray();
        return new PortTable(ports.Length > 0 ? ports[^1].Port + 1 : 0, ports) { Listing = PortTableCompleteness.InUse };
    }

    /// <inheritdoc/>
    public string? ReadName(ushort domId) => null;

    /// <inheritdoc/>
    public WallClockContent? ReadHostClock(DomainSample? sample = null) => null;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ReadDeviceNodes(ushort domId) => new Dictionary<string, string>();

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing to close, because everything has been read.
    }

    private HypervisorDomain Find(ushort domId) =>
        Channels.Domains.GetValueOrDefault(domId)
        ?? throw new XenException(
            XenErrorId.DomainNotFound,
            $"There is no domain {domId} in {DisplayName}",
            "list its domains to see their numbers")
        {
            DomId = domId,
        };
}
