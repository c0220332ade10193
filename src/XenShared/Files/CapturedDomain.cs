using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;

namespace XenShared.Files;

/// <summary>All that a capture holds of one domain.</summary>
public sealed class CapturedDomain
{
    /// <summary>Gets what Xen said of it.</summary>
    public required DomainInfo Reading { get; init; }

    /// <summary>Gets its name.</summary>
    public string? Name { get; init; }

    /// <summary>Samples of its page, oldest first.</summary>
    public List<DomainSample> Samples { get; } = [];

    /// <summary>Gets why there is no sample.</summary>
    public CapturedError? PageError { get; set; }

    /// <summary>Gets how many ports Xen knew of; null when they could not be read.</summary>
    public uint? ValidPorts { get; set; }

    /// <summary>Gets how much its ports say.</summary>
    public PortTableCompleteness PortTableCompleteness { get; set; }

    /// <summary>Gets its ports that were not closed, lowest first.</summary>
    public List<EventChannelStatus> Ports { get; } = [];

    /// <summary>Gets Xen's own view of its channels, where the capture was made from a log; null otherwise.</summary>
    public HypervisorDomain? Hypervisor { get; set; }

    /// <summary>Gets why there are no ports.</summary>
    public CapturedError? PortError { get; set; }

    /// <summary>Gets when its event array was read; null when it was not found, or that is not known.</summary>
    public DateTimeOffset? EventArrayTakenAt { get; set; }

    /// <summary>Gets a value indicating whether the event array is inferred from its looks alone.</summary>
    public bool IsEventArrayInferred { get; set; }

    /// <summary>By what the event array was recognised.</summary>
    public string EventArrayEvidence { get; set; } = "";

    /// <summary>Pages of its event array, lowest place first.</summary>
    public List<EventArrayPage> EventPages { get; } = [];

    /// <summary>Gets why the event array was not found.</summary>
    public CapturedError? EventArrayError { get; set; }

    /// <summary>Gets its vCPUs' records outside the shared page.</summary>
    public List<LocatedVcpuInfo> VcpuRecords { get; } = [];

    /// <summary>Gets the vCPUs that <see cref="VcpuRecords"/> has a record of.</summary>
    internal HashSet<int> RecordedVcpus { get; } = [];

    /// <summary>Gets why some of these were not found.</summary>
    public CapturedError? VcpuRecordError { get; set; }

    /// <summary>xenstore nodes below its home.</summary>
    public Dictionary<string, string> DeviceNodes { get; } = new(StringComparer.Ordinal);
}
