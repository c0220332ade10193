namespace XenShared.Targets;

/// <summary>Specifies the parts that a capture contains in addition to the list of domains.</summary>
[Flags]
public enum CaptureParts
{
    /// <summary>Only the list of domains.</summary>
    Domains = 0,

    /// <summary>Copies of the shared pages.</summary>
    Pages = 1,

    /// <summary>The states of the ports.</summary>
    Ports = 2,

    /// <summary>The xenstore nodes about the ports.</summary>
    Devices = 4,

    /// <summary>The FIFO event arrays in guest memory.</summary>
    EventArrays = 8,

    /// <summary>The <c>vcpu_info</c> structures in guest memory, outside the shared pages.</summary>
    VcpuRecords = 16,

    /// <summary>
    /// Xen's output about all channels (debug key <c>e</c>). It replaces older lines of Xen's log, so a capture has it on request only.
    /// </summary>
    DebugKey = 32,

    /// <summary>The states of the domains' devices at both ends, from xenstore.</summary>
    DeviceStates = 64,

    /// <summary>
    /// The processor states of the vCPUs. Xen pauses each vCPU for microseconds to read its state, so a capture of a live host contains
    /// these states on request only.
    /// </summary>
    VcpuContexts = 128,

    /// <summary>The processes of the control domain that can hold a domain, for each domain that is dying.</summary>
    MappingProcesses = 256,

    /// <summary>
    /// The P2M tables of 64-bit PV guests, which map their frames to machine frames. They are large, so a capture has them on request only.
    /// </summary>
    P2m = 512,

    /// <summary>All parts that neither pause a vCPU nor write to Xen's log.</summary>
    Standard = Pages | Ports | Devices | EventArrays | VcpuRecords | DeviceStates | MappingProcesses,
}
