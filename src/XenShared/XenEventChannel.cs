using System.Globalization;

namespace XenShared;

/// <summary>One port of a domain.</summary>
public sealed record XenEventChannel
{
    /// <summary>Gets the domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? DomainName { get; init; }

    /// <summary>Gets the port.</summary>
    public required uint Port { get; init; }

    /// <summary>Gets what it is bound to; null when Xen refuses to tell, see <see cref="StateNote"/>.</summary>
    public ChannelState? State { get; init; }

    /// <summary>Gets the vCPU that is told; null for closed ports and when Xen refuses to tell.</summary>
    public int? Vcpu { get; init; }

    /// <summary>
    /// Gets a value indicating whether an event waits; null when it is not known. It is never false for want of knowledge.
    /// </summary>
    public bool? Pending { get; init; }

    /// <summary>Gets a value indicating whether the guest has switched the channel off; null when it is not known.</summary>
    public bool? Masked { get; init; }

    /// <summary>
    /// Gets a value indicating whether it stands in one of the vCPU's queues, waiting to be taken; null when it is not known, and for
    /// two-level channels, which have none.
    /// </summary>
    public bool? Linked { get; init; }

    /// <summary>Gets a value indicating whether the guest is just unmasking it; null as <see cref="Linked"/>.</summary>
    public bool? Busy { get; init; }

    /// <summary>True: <see cref="Pending"/> and <see cref="Masked"/> are what Xen itself goes by. Null when they are not known.</summary>
    public bool? IsLive { get; init; }

    /// <summary>Gets why <see cref="State"/>, <see cref="Pending"/> or <see cref="Masked"/> is null; null when nothing is.</summary>
    public string? StateNote { get; init; }

    /// <summary>Domain at the other end, of interdomain channels; of unbound ones, the domain that may connect.</summary>
    public ushort? RemoteDomId { get; init; }

    /// <summary>Port at the other end, of interdomain channels.</summary>
    public uint? RemotePort { get; init; }

    /// <summary>Gets the virtual interrupt.</summary>
    public VirtualIrq? Virq { get; init; }

    /// <summary>Gets the hardware interrupt.</summary>
    public uint? Pirq { get; init; }

    /// <summary>
    /// Gets what the port serves by xenstore's word, such as <c>console</c> or <c>vif0 queue 1 rx</c>; null when nothing names it. A label:
    /// guests write part of it.
    /// </summary>
    public string? Device { get; init; }

    /// <summary>Gets how the domain takes events.</summary>
    public EventAbi EventAbi { get; init; }

    /// <summary>Gets where <see cref="Pending"/> and <see cref="Masked"/> were read; null when they are not known.</summary>
    public StateSource? Source { get; init; }

    /// <summary>Gets when the state was read; null when it could not be.</summary>
    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>Gets the host.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Returns one line for people, safe to show.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{DisplayText.Domain(DomId, DomainName)} port {Port}");
}
