using XenShared.Hypervisor;

namespace XenShared.Guests.Deduction;

/// <summary>
/// Everything that was read of a domain, and what follows from it. A part that could not be read is null, with the error beside it.
/// </summary>
public sealed record GuestInspection
{
    /// <summary>Gets what Xen says of the domain.</summary>
    public required DomainInfo Domain { get; init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? Name { get; init; }

    /// <summary>Samples of its page, oldest first; empty when it could not be read.</summary>
    public IReadOnlyList<DomainSample> Samples { get; init; } = [];

    /// <summary>Gets why there is no sample; null when there is one.</summary>
    public XenException? PageError { get; init; }

    /// <summary>Gets its ports; null when they could not be read.</summary>
    public PortTable? Ports { get; init; }

    /// <summary>Gets why there are no ports; null when there are.</summary>
    public XenException? PortError { get; init; }

    /// <summary>Gets the layout of its page.</summary>
    public LayoutDeduction Layout { get; init; }

    /// <summary>Gets how it takes events.</summary>
    public AbiDeduction Abi { get; init; }

    /// <summary>Gets its FIFO event array; null when it was not looked for, or is not known.</summary>
    public LocatedEventArray? EventArray { get; init; }

    /// <summary>Gets why the event array is not known; null when it is, or was not looked for.</summary>
    public XenException? EventArrayError { get; init; }

    /// <summary>vCPU records outside its page; empty when they were not looked for, or are not known.</summary>
    public IReadOnlyList<LocatedVcpuInfo> VcpuRecords { get; init; } = [];

    /// <summary>Gets why some vCPU's record is not known; null when none is missing, or they were not looked for.</summary>
    public XenException? VcpuRecordError { get; init; }

    /// <summary>Gets what xenstore says about its ports, where that came with the rest; null when it is still to be asked for.</summary>
    public IReadOnlyDictionary<string, string>? DeviceNodes { get; init; }

    /// <summary>Gets the latest sample.</summary>
    public DomainSample? Latest => Samples.Count > 0 ? Samples[^1] : null;
}
