using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Targets;

/// <summary>
/// Represents a text with Xen's output about all event channels (debug key <c>e</c>) or all domains (key <c>q</c>), or with the output of
/// tools. It contains no pages.
/// </summary>
public sealed class ConsoleLogTarget : IXenDataSource
{
    internal ConsoleLogTarget(ConsoleLog log, string displayName)
    {
        Log = log;
        DisplayName = displayName;
    }

    /// <inheritdoc/>
    public string DisplayName { get; }

    /// <summary>Returns the remark about the outputs of tools in a source; null if there is none.</summary>
    internal static string? GetToolRemark(IXenDataSource source) => (source as ConsoleLogTarget)?.Log.ToolRemark;

    /// <summary>Gets the log.</summary>
    internal ConsoleLog Log { get; }

    /// <inheritdoc/>
    public TargetKind Kind => TargetKind.ConsoleLog;

    /// <inheritdoc/>
    public HostInfo Host => new("", Log.Version, null);

    /// <inheritdoc/>
    public bool IsLive => false;

    /// <inheritdoc/>
    public DateTimeOffset? TakenAt => Log.Dumps > 0 ? Channels.TakenAt : Log.States?.TakenAt;

    HypervisorChannels? IXenDataSource.Channels => Log.Dumps > 0 || Channels.Domains.Count > 0 ? Channels : null;

    /// <inheritdoc/>
    public HypervisorDomainStates? DomainStates => Log.States;

    /// <inheritdoc cref="IXenDataSource.Channels"/>
    public HypervisorChannels Channels => Log.Channels;

    /// <inheritdoc/>
    public string? ChannelsRemark
    {
        get
        {
            var remarks = Remarks().ToArray();
            return remarks.Length > 0 ? string.Join(' ', remarks) : null;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<IXenDataSource> EarlierDumps =>
        [.. Log.EarlierDumps.Select(log => new ConsoleLogTarget(log, DisplayName))];

    /// <inheritdoc/>
    /// <remarks>The two dumps of a log have different times. A domain without channels is known only from its states.</remarks>
    public DateTimeOffset? GetTime(ushort domId)
    {
        var channels = Channels.Domains.GetValueOrDefault(domId);
        return channels is { IsFromGuest: true } ? null
            : channels is not { Ports.Count: > 0 } && Log.States is { } states && states.Domains.ContainsKey(domId) ? states.GetTime(domId)
            : TakenAt;
    }

    /// <inheritdoc/>
    public IEnumerable<DomainInfo> ReadDomains() =>
        Channels.Domains.Keys
            .Union(Log.States?.Domains.Keys ?? [])
            .Union(Log.PortLists.Keys)
            .Union(Log.ListedDomains.Keys)
            .Union(Log.Store?.DomIds ?? [])
            .Order()
            .Select(InfoOf);

    /// <inheritdoc/>
    public DomainInfo ReadDomain(ushort domId)
    {
        CheckExists(domId);
        return InfoOf(domId);
    }

    /// <inheritdoc/>
    public DomainSample ReadSample(ushort domId)
    {
        CheckExists(domId);
        throw Missing(domId, "the shared page", Log.Dumps > 0 ? "list its event channels, or create a capture" : "create a capture");
    }

    /// <inheritdoc/>
    public IReadOnlyList<DomainSample> ReadSamples(DomainInfo domain, bool runStates = true) => [];

    /// <inheritdoc/>
    public PortTable ReadPorts(ushort domId)
    {
        CheckExists(domId);
        if (Channels.Domains.GetValueOrDefault(domId) is not { } domain)
            return Log.PortLists.GetValueOrDefault(domId)
                ?? throw Missing(domId, "the event channels", "run 'xl debug-keys e', and open the output of 'xl dmesg'");
        var ports = domain
            .Ports.Values.OrderBy(port => port.Port)
            .Select(port => new EventChannelStatus(port.Port, port.State, port.Vcpu, port.RemoteDomId, port.RemotePort, port.Irq))
            .ToArray();
        return new PortTable(ports.Length > 0 ? ports[^1].Port + 1 : 0, ports)
        {
            Listing = domain.IsFromGuest ? PortTableCompleteness.Inferred : PortTableCompleteness.InUse,
        };
    }

    /// <inheritdoc/>
    public string? ReadName(ushort domId) =>
        Log.ListedDomains.GetValueOrDefault(domId)?.Name
        ?? Log.Names.GetValueOrDefault(domId)
        ?? (Log.Store?.Read($"/local/domain/{domId}/name") is { Length: > 0 } name ? name : null);

    /// <inheritdoc/>
    public WallClockContent? ReadHostClock(DomainSample? sample = null) => null;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ReadDeviceNodes(ushort domId) =>
        Log.Store is { } store ? new PortNodeReader(store.Read, store.List).Read(domId) : new Dictionary<string, string>();

    /// <inheritdoc/>
    public DeviceTable? ReadDevices(ushort domId) =>
        Log.Store is { } store && store.Contains(domId) ? new DeviceReader(store.Read, store.List).Read(domId) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing to close, because everything has been read.
    }

    private IEnumerable<string> Remarks() => Log.Dumps > 0 ? ChannelRemarks() : CommonRemarks();

    private IEnumerable<string> CommonRemarks()
    {
        if (Log.IsCompressedPart)
            yield return $"The end of the gzip file {DisplayName} is missing, so later lines can be missing.";
        if (Log.ToolRemark is { } tools) yield return tools;
    }

    private IEnumerable<string> ChannelRemarks()
    {
        var isWhole = Channels.HasAllDomains && Channels.Domains.Values.All(domain => domain.IsComplete || domain.IsFromGuest);
        if (Log.SelectedDump < Log.Dumps && !Log.IsRequested)
            yield return $"The last of the {Log.Dumps} dumps of event channels in {DisplayName} is incomplete, so dump "
                + $"{Log.SelectedDump} is shown.";
        else if (Log.Dumps > 1)
            yield return $"{DisplayName} has {Log.Dumps} dumps of event channels; number {Log.SelectedDump} is shown.";
        if (!isWhole)
            yield return Log.IsRequested
                ? $"Parts of dump {Log.SelectedDump} are missing, so it can lack domains and ports."
                : $"No dump of event channels in {DisplayName} is complete: domains and ports can be missing from the one that is "
                    + "shown.";
        foreach (var remark in CommonRemarks()) yield return remark;
        if (Log.UnreadLineCount > 0)
        {
            var lines = string.Join(", ", Log.UnreadLines);
            var more = Log.UnreadLineCount - Log.UnreadLines.Count;
            yield return Log.UnreadLineCount == 1
                ? $"Line {lines} could not be read."
                : $"Lines {lines}{(more > 0 ? $" and {more} more" : "")} could not be read.";
        }
        if (Log.LacksPrefix)
            yield return $"The lines of {DisplayName} do not begin with (XEN), so text of a guest cannot be distinguished from Xen's.";
        if (Log.LacksTimeZone)
            yield return $"The time in {DisplayName} is that of a logger without a time zone; it is shown as UTC.";
    }

    private DomainInfo InfoOf(ushort domId)
    {
        var info = Log.States?.Domains.GetValueOrDefault(domId)?.ToDomainInfo() ?? new DomainInfo { DomId = domId };
        return Log.ListedDomains.TryGetValue(domId, out var listed) ? listed.AddTo(info) : info;
    }

    private XenException Missing(ushort domId, string what, string advice) =>
        new(XenErrorId.NotSupportedByHost, $"{DisplayName} is a text that does not contain {what} of domain {domId}", advice)
        {
            DomId = domId,
        };

    private void CheckExists(ushort domId)
    {
        if (Channels.Domains.ContainsKey(domId)
            || Log.States?.Domains.ContainsKey(domId) == true
            || Log.PortLists.ContainsKey(domId)
            || Log.ListedDomains.ContainsKey(domId)
            || Log.Store?.Contains(domId) == true)
            return;
        throw new XenException(
            XenErrorId.DomainNotFound,
            $"There is no domain {domId} in {DisplayName}",
            "list its domains to see their numbers")
        {
            DomId = domId,
        };
    }
}
