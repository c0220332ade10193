using XenShared.Files;
using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;
using XenShared.Layout;

namespace XenShared.Targets;

/// <summary>Represents a capture, which returns the data and errors of the host at the time when it was made.</summary>
public sealed class CaptureTarget : IXenDataSource
{
    private readonly HostCapture _capture;

    private CaptureTarget(HostCapture capture, string displayName)
    {
        _capture = capture;
        DisplayName = displayName;
    }

    /// <inheritdoc/>
    public string DisplayName { get; }

    /// <inheritdoc/>
    public TargetKind Kind => TargetKind.Capture;

    /// <inheritdoc/>
    public HostInfo Host => _capture.Host;

    /// <inheritdoc/>
    public bool IsLive => false;

    /// <inheritdoc/>
    public bool HasLocations => true;

    /// <inheritdoc/>
    public HypervisorChannels? Channels => _capture.Channels;

    /// <inheritdoc/>
    public string? ChannelsRemark => _capture.ChannelsRemark;

    /// <inheritdoc/>
    public HypervisorDomainStates? DomainStates => _capture.DomainStates;

    /// <inheritdoc/>
    public DateTimeOffset? TakenAt => _capture.TakenAt;

    /// <inheritdoc/>
    public IReadOnlyList<IXenDataSource> Reads =>
        [this, .. _capture.LaterReads.Select(read => new CaptureTarget(read, DisplayName))];

    /// <summary>Reads a capture file.</summary>
    /// <exception cref="XenException"><see cref="XenErrorId.FileNotRecognised"/> or <see cref="XenErrorId.FileDamaged"/>.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to the file is denied.</exception>
    public static CaptureTarget Open(string path, CancellationToken cancellation = default)
    {
        using var file = InputFile.Open(path, cancellation);
        return Read(file, Path.GetFileName(path), cancellation);
    }

    /// <summary>Reads a capture from a stream, and leaves the stream open.</summary>
    /// <exception cref="XenException">As <see cref="Open"/>.</exception>
    public static CaptureTarget Read(Stream stream, string displayName, CancellationToken cancellation = default) =>
        new(CaptureReader.Read(stream, displayName, cancellation: cancellation), displayName);

    /// <summary>Creates the data source of a capture that has been read.</summary>
    internal static CaptureTarget From(HostCapture capture, string displayName) => new(capture, displayName);

    /// <inheritdoc/>
    public IEnumerable<DomainInfo> ReadDomains() => _capture.Domains.Values.Select(domain => domain.Reading);

    /// <inheritdoc/>
    public DomainInfo ReadDomain(ushort domId) => Find(domId).Reading;

    /// <inheritdoc/>
    public DomainSample ReadSample(ushort domId)
    {
        var domain = Find(domId);
        if (domain.Samples.Count > 0) return domain.Samples[^1] with { };
        throw domain.PageError?.ToException(domId) ?? Missing(domId, "page");
    }

    /// <inheritdoc/>
    public IReadOnlyList<DomainSample> ReadSamples(DomainInfo domain, bool runStates = true)
    {
        ArgumentNullException.ThrowIfNull(domain);
        // Copies, so that the pages that a query unpacks do not stay in memory as long as the capture.
        return Find(domain.DomId).Samples.ConvertAll(sample => sample with { });
    }

    /// <inheritdoc/>
    public IReadOnlyList<VcpuContext> ReadVcpuContexts(DomainInfo domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return Find(domain.DomId).Contexts;
    }

    /// <inheritdoc/>
    public IReadOnlyList<IReadOnlyList<VcpuContext>> ReadContextSeries(DomainInfo domain)
    {
        ArgumentNullException.ThrowIfNull(domain);
        return Find(domain.DomId).ContextSeries;
    }

    /// <inheritdoc/>
    public PortTable ReadPorts(ushort domId)
    {
        var domain = Find(domId);
        if (domain.ValidPorts is { } valid) return new PortTable(valid, domain.Ports) { Listing = domain.PortTableCompleteness };
        throw domain.PortError?.ToException(domId) ?? Missing(domId, "ports");
    }

    /// <inheritdoc/>
    public string? ReadName(ushort domId) => _capture.Domains.GetValueOrDefault(domId)?.Name;

    /// <inheritdoc/>
    public WallClockContent? ReadHostClock(DomainSample? sample = null) => _capture.HostClock;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ReadDeviceNodes(ushort domId) => Find(domId).DeviceNodes;

    /// <inheritdoc/>
    public DeviceTable? ReadDevices(ushort domId)
    {
        var domain = Find(domId);
        return domain.DeviceError is { } error ? throw error.ToException(domId) : domain.Devices;
    }

    /// <inheritdoc/>
    public MappingProcessTable? ReadMappingProcesses(ushort domId)
    {
        var domain = Find(domId);
        return domain.MappingProcessError is { } error ? throw error.ToException(domId) : domain.MappingProcesses;
    }

    /// <inheritdoc/>
    public P2mPages? ReadP2m(ushort domId, ulong first, ulong count)
    {
        var domain = Find(domId);
        return domain.P2mError is { } error ? throw error.ToException(domId) : domain.P2m;
    }

    /// <inheritdoc/>
    public LocatedEventArray? ReadEventArray(ushort domId, out XenException? whyNot)
    {
        var domain = Find(domId);
        whyNot = domain.EventArrayError?.ToException(domId);
        return domain.EventPages.Count == 0
            ? null
            : new LocatedEventArray(domain.EventArrayTakenAt, domain.EventPages, domain.EventArrayEvidence)
            {
                IsProved = !domain.IsEventArrayInferred,
                Source = domain.EventArraySource,
            };
    }

    /// <inheritdoc/>
    public IReadOnlyList<LocatedVcpuInfo> ReadVcpuRecords(ushort domId, out XenException? whyNot)
    {
        var domain = Find(domId);
        whyNot = domain.VcpuRecordError?.ToException(domId);
        return domain.VcpuRecords;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Nothing to close, because everything has been read.
    }

    private CapturedDomain Find(ushort domId) =>
        _capture.Domains.GetValueOrDefault(domId)
        ?? throw new XenException(
            XenErrorId.DomainNotFound,
            $"There is no domain {domId} in {DisplayName}",
            "list its domains to see their numbers")
        {
            DomId = domId,
        };

    private XenException Missing(ushort domId, string what) =>
        new(XenErrorId.NotSupportedByHost, $"{DisplayName} does not contain the {what} of domain {domId}", "create a new capture")
        {
            DomId = domId,
        };
}
