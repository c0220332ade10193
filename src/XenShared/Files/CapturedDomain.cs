using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;

namespace XenShared.Files;

/// <summary>All that a capture holds of one domain.</summary>
public sealed class CapturedDomain
{
    /// <summary>What Xen said of it.</summary>
    public required DomainInfo Reading { get; init; }

    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>Samples of its page, oldest first.</summary>
    public List<DomainSample> Samples { get; } = [];

    /// <summary>Why there is no sample.</summary>
    public CapturedError? PageError { get; set; }

    /// <summary>How many ports Xen knew of; null when they could not be read.</summary>
    public uint? ValidPorts { get; set; }

    /// <summary>How much its ports say.</summary>
    public PortTableCompleteness PortTableCompleteness { get; set; }

    /// <summary>Its ports that were not closed, lowest first.</summary>
    public List<EventChannelStatus> Ports { get; } = [];

    /// <summary>Gets Xen's own view of its channels, where the capture was made from a log; null otherwise.</summary>
    public HypervisorDomain? Hypervisor { get; set; }

    /// <summary>Why there are no ports.</summary>
    public CapturedError? PortError { get; set; }

    /// <summary>When its event array was read; null when it was not found, or that is not known.</summary>
    public DateTimeOffset? EventArrayTakenAt { get; set; }

    /// <summary>Whether the event array is inferred from its looks alone.</summary>
    public bool IsEventArrayInferred { get; set; }

    /// <summary>By what the event array was recognised.</summary>
    public string EventArrayEvidence { get; set; } = "";

    /// <summary>Pages of its event array, lowest place first.</summary>
    public List<EventArrayPage> EventPages { get; } = [];

    /// <summary>Why the event array was not found.</summary>
    public CapturedError? EventArrayError { get; set; }

    /// <summary>Its vCPUs' records outside the shared page.</summary>
    public List<LocatedVcpuInfo> VcpuRecords { get; } = [];

    /// <summary>The vCPUs that <see cref="VcpuRecords"/> has a record of.</summary>
    internal HashSet<int> RecordedVcpus { get; } = [];

    /// <summary>Why some of these were not found.</summary>
    public CapturedError? VcpuRecordError { get; set; }

    /// <summary>xenstore nodes below its home.</summary>
    public Dictionary<string, string> DeviceNodes { get; } = new(StringComparer.Ordinal);
}
