using XenShared.Hypervisor;

namespace XenShared.Guests.Deduction;

/// <summary>
/// Holds all data that was read of a domain, and the deductions from it. A part that could not be read is null, and its error is stored.
/// </summary>
public sealed record GuestInspection
{
    /// <summary>Gets the domain information from Xen.</summary>
    public required DomainInfo Domain { get; init; }

    /// <summary>Gets the name of the domain; null if it is not known.</summary>
    public string? Name { get; init; }

    /// <summary>Gets the samples of the domain's shared page, oldest first; empty if it could not be read.</summary>
    public IReadOnlyList<DomainSample> Samples { get; init; } = [];

    /// <summary>Gets the reason why there is no sample; null if there is one.</summary>
    public XenException? PageError { get; init; }

    /// <summary>Gets the ports of the domain; null if they could not be read.</summary>
    public PortTable? Ports { get; init; }

    /// <summary>Gets the reason why there are no ports; null if there are.</summary>
    public XenException? PortError { get; init; }

    /// <summary>Gets the deduced layout of the domain's shared page.</summary>
    public LayoutDeduction Layout { get; init; }

    /// <summary>Gets the deduced event ABI.</summary>
    public AbiDeduction Abi { get; init; }

    /// <summary>Gets the FIFO event array of the domain; null if it was not searched for or is not known.</summary>
    public LocatedEventArray? EventArray { get; init; }

    /// <summary>Gets the reason why the event array is not known; null if it is known or was not searched for.</summary>
    public XenException? EventArrayError { get; init; }

    /// <summary>
    /// Gets the vCPU records (<c>vcpu_info</c>) outside the shared page; empty if they were not searched for or are not known.
    /// </summary>
    public IReadOnlyList<LocatedVcpuInfo> VcpuRecords { get; init; } = [];

    /// <summary>Gets the reason why a vCPU record is not known; null if none is missing or they were not searched for.</summary>
    public XenException? VcpuRecordError { get; init; }

    /// <summary>
    /// Gets the control blocks of FIFO events, at most one for each vCPU; empty if they were not searched for or are not known.
    /// </summary>
    public IReadOnlyList<LocatedControlBlock> ControlBlocks { get; init; } = [];

    /// <summary>Gets the reason why a control block is not known; null if none is missing or they were not searched for.</summary>
    public XenException? ControlBlockError { get; init; }

    /// <summary>
    /// Gets the devices of the domain; null if they could not be read, the source does not contain them, or they were not requested.
    /// </summary>
    public DeviceTable? Devices { get; init; }

    /// <summary>Gets the reason why there are no devices; null if reading did not fail.</summary>
    public XenException? DeviceError { get; init; }

    /// <summary>
    /// Gets the processes of the control domain that can hold memory of this dying domain and so delay its end; null if it is not dying, if
    /// they could not be read or were not requested, or if the source does not contain them.
    /// </summary>
    public MappingProcessTable? MappingProcesses { get; init; }

    /// <summary>Gets the reason why there are no <see cref="MappingProcesses"/>; null if reading did not fail.</summary>
    public XenException? MappingProcessError { get; init; }

    /// <summary>Gets the registers, the event callback and the local APIC of each vCPU; empty if they were not read.</summary>
    public IReadOnlyList<VcpuContext> Contexts { get; init; } = [];

    /// <summary>Gets the reason why there are no <see cref="Contexts"/>; null if reading did not fail.</summary>
    public XenException? ContextError { get; init; }

    /// <summary>Gets the xenstore nodes about the ports if they were read with the other data; null if they must still be read.</summary>
    public IReadOnlyDictionary<string, string>? DeviceNodes { get; init; }

    /// <summary>Gets the latest sample; null if there is none.</summary>
    public DomainSample? Latest => Samples.Count > 0 ? Samples[^1] : null;
}
