using XenShared.Diagnosis.Evidence;
using XenShared.Guests.Deduction;
using XenShared.Hypervisor;

namespace XenShared.Diagnosis.Paths;

/// <summary>Holds all that is known of the path of a port's events, for <see cref="EventPathEvaluator"/>.</summary>
internal sealed record EventPathFacts
{
    /// <summary>Gets the channel at the last read.</summary>
    public required XenEventChannel Channel { get; init; }

    /// <summary>Gets the reads, oldest first.</summary>
    public required IReadOnlyList<EventPathRead> Reads { get; init; }

    /// <summary>
    /// Gets the number of the guest's only vCPU, if the source is a file without the bindings of ports: every port then belongs to that
    /// vCPU. Otherwise null.
    /// </summary>
    public int? OnlyVcpu { get; init; }

    /// <summary>
    /// Gets further processor states of the vCPU, in quick succession after <see cref="Reads"/>; null if they were not read.
    /// </summary>
    public IReadOnlyList<VcpuContext>? Series { get; init; }

    /// <summary>Gets the reason why <see cref="Series"/> is incomplete; null if it is complete or was not read.</summary>
    public string? WhyNoSeries { get; init; }

    /// <summary>
    /// Gets the place of the event in a queue of FIFO events at the last read; null if no head of a known control block leads to it.
    /// </summary>
    public EventQueuePlace? QueuePlace { get; init; }

    /// <summary>Gets a value indicating whether the control block of the vCPU is known.</summary>
    public bool KnowsQueues { get; init; }

    /// <summary>Gets the type of the domain.</summary>
    public DomainType? Type { get; init; }

    /// <summary>Gets the state of the domain at the last read.</summary>
    public DomainState? State { get; init; }

    /// <summary>Gets the state of the other end of an interdomain channel; Unknown for other channels.</summary>
    public PeerState Peer { get; init; }

    /// <summary>Gets the state of the domain at the other end; null if it is not known.</summary>
    public DomainState? PeerDomain { get; init; }

    /// <summary>Gets the name of the place where the record of the vCPU was read; null if no live record is known.</summary>
    public string? RecordSource { get; init; }

    /// <summary>Gets the reason why the pending and mask bits are not known; null if there is none.</summary>
    public string? WhyNoBits { get; init; }

    /// <summary>Gets the reason why the vCPU's record is not known; null if there is none.</summary>
    public string? WhyNoRecord { get; init; }

    /// <summary>Gets the reason why the processor state is not known; null if there is none.</summary>
    public string? WhyNoContext { get; init; }
}
