using XenShared.Files.DebugKeys;
using XenShared.Hypervisor;

namespace XenShared.Files;

/// <summary>Holds the data of a domain in a capture.</summary>
public sealed class CapturedDomain
{
    /// <summary>Gets the domain information from Xen.</summary>
    public required DomainInfo Reading { get; init; }

    /// <summary>Gets the name of the domain.</summary>
    public string? Name { get; init; }

    /// <summary>Gets the samples of the shared page, oldest first; empty if it could not be read.</summary>
    public List<DomainSample> Samples { get; } = [];

    /// <summary>Gets the reason why there is no sample of the shared page; null if reading it did not fail.</summary>
    public CapturedError? PageError { get; set; }

    /// <summary>Gets the number of valid ports, including closed ones; null if the ports could not be read.</summary>
    public uint? ValidPorts { get; set; }

    /// <summary>Gets a value that specifies how complete <see cref="Ports"/> is.</summary>
    public PortTableCompleteness PortTableCompleteness { get; set; }

    /// <summary>Gets the ports that were not closed, lowest first.</summary>
    public List<EventChannelStatus> Ports { get; } = [];

    /// <summary>Gets Xen's own view of the domain's channels if the capture was made from a log; otherwise null.</summary>
    public HypervisorDomain? Hypervisor { get; set; }

    /// <summary>Gets the state of the domain from debug key <c>q</c> if the capture was made from a log; otherwise null.</summary>
    public HypervisorDomainState? HypervisorState { get; set; }

    /// <summary>Gets the reason why there are no ports; null if reading them did not fail.</summary>
    public CapturedError? PortError { get; set; }

    /// <summary>Gets the time when the event array was read; null if the array was not found or the time is not known.</summary>
    public DateTimeOffset? EventArrayTakenAt { get; set; }

    /// <summary>
    /// Gets a value indicating whether the event array was recognized by its content alone, because there was no port table to verify it.
    /// </summary>
    public bool IsEventArrayInferred { get; set; }

    /// <summary>Gets the source from which the event array was read: guest memory, or the control domain's own kernel.</summary>
    public StateSource EventArraySource { get; set; } = StateSource.GuestMemory;

    /// <summary>Gets the evidence that these pages are the event array, as text for the user; empty if it was not found.</summary>
    public string EventArrayEvidence { get; set; } = "";

    /// <summary>Gets the pages of the event array, lowest index first.</summary>
    public List<EventArrayPage> EventPages { get; } = [];

    /// <summary>Gets the reason why the event array was not found; null if it was found or not searched for.</summary>
    public CapturedError? EventArrayError { get; set; }

    /// <summary>
    /// Gets the vCPU records (<c>vcpu_info</c>) that were found outside the shared page, where the guest registered them.
    /// </summary>
    public List<LocatedVcpuInfo> VcpuRecords { get; } = [];

    /// <summary>Gets the numbers of the vCPUs that <see cref="VcpuRecords"/> contains, to detect duplicates.</summary>
    internal HashSet<int> RecordedVcpus { get; } = [];

    /// <summary>
    /// Gets the reason why <see cref="VcpuRecords"/> is incomplete; null if no record is missing, or if they were not searched for.
    /// </summary>
    public CapturedError? VcpuRecordError { get; set; }

    /// <summary>
    /// Gets the registers, the event callback and the local APIC of each vCPU, lowest number first; empty if they were not read.
    /// </summary>
    public List<VcpuContext> Contexts { get; } = [];

    /// <summary>Gets processor states of vCPUs from further reads in quick succession, oldest first; empty if there were none.</summary>
    public List<IReadOnlyList<VcpuContext>> ContextSeries { get; } = [];

    /// <summary>Gets its devices; null if they could not be read.</summary>
    public DeviceTable? Devices { get; set; }

    /// <summary>Gets the reason why there are no devices; null if reading them did not fail.</summary>
    public CapturedError? DeviceError { get; set; }

    /// <summary>
    /// Gets the processes of the control domain that can hold memory of this dying domain and so delay its end; null if they were not read.
    /// </summary>
    public MappingProcessTable? MappingProcesses { get; set; }

    /// <summary>Gets the reason why <see cref="MappingProcesses"/> could not be read.</summary>
    public CapturedError? MappingProcessError { get; set; }

    /// <summary>Gets pages of its P2M table; null if they were not or could not be read.</summary>
    public P2mPages? P2m { get; set; }

    /// <summary>Gets the reason why the P2M table could not be read.</summary>
    public CapturedError? P2mError { get; set; }

    /// <summary>
    /// Gets the values of the xenstore nodes about the ports, by their path relative to the domain's home (<c>console/port</c>).
    /// </summary>
    public Dictionary<string, string> DeviceNodes { get; } = new(StringComparer.Ordinal);
}
