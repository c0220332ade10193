using System.Globalization;

namespace XenShared;

/// <summary>Represents an event channel: one port of a domain.</summary>
public sealed record XenEventChannel
{
    /// <summary>Gets the number of the domain.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets the name of the domain; null if it is not known.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets the port.</summary>
    public uint Port { get; internal init; }

    /// <summary>Gets what the port is bound to; null if Xen does not reveal it, see <see cref="StateNote"/>.</summary>
    public ChannelState? State { get; internal init; }

    /// <summary>Gets the vCPU that events are delivered to; null for closed ports and if Xen does not reveal it.</summary>
    public int? Vcpu { get; internal init; }

    /// <summary>Gets a value indicating whether an event is pending; null, never false, if it is not known.</summary>
    public bool? Pending { get; internal init; }

    /// <summary>Gets a value indicating whether the guest has masked the channel; null if it is not known.</summary>
    public bool? Masked { get; internal init; }

    /// <summary>
    /// Gets a value indicating whether the event is in one of the vCPU's FIFO queues; null if it is not known, and for two-level channels.
    /// </summary>
    public bool? Linked { get; internal init; }

    /// <summary>
    /// Gets a value indicating whether Xen is adding a port to a queue after this one at this moment (the BUSY bit of FIFO channels). Until
    /// then, the guest must not clear the mask. Null as for <see cref="Linked"/>.
    /// </summary>
    public bool? Busy { get; internal init; }

    /// <summary>
    /// Gets a value indicating whether the bit of the port's word is set in <c>evtchn_pending_sel</c> of its vCPU, as Xen's debug key
    /// prints it; null for FIFO channels, and if the state is from another source.
    /// </summary>
    public bool? InSelector { get; internal init; }

    /// <summary>
    /// Gets a value indicating whether <see cref="Pending"/> and <see cref="Masked"/> are the values that Xen uses; null if they are not
    /// known.
    /// </summary>
    public bool? IsLive { get; internal init; }

    /// <summary>
    /// Gets the reason why <see cref="State"/>, <see cref="Pending"/> or <see cref="Masked"/> is null; null if none of them is.
    /// </summary>
    public string? StateNote { get; internal init; }

    /// <summary>Gets the domain at the other end of an interdomain channel, or the domain that may connect to an unbound one.</summary>
    public ushort? RemoteDomId { get; internal init; }

    /// <summary>Gets the port at the other end of an interdomain channel.</summary>
    public uint? RemotePort { get; internal init; }

    /// <summary>Gets the virtual interrupt.</summary>
    public VirtualIrq? Virq { get; internal init; }

    /// <summary>Gets the hardware interrupt.</summary>
    public uint? Pirq { get; internal init; }

    /// <summary>
    /// Gets the device that uses the port according to xenstore, such as <c>console</c> or <c>vif0 queue 1 rx</c>; null if xenstore does
    /// not name the port. Guests write a part of this text.
    /// </summary>
    public string? Device { get; internal init; }

    /// <summary>Gets the event ABI of the domain.</summary>
    public EventAbi EventAbi { get; internal init; }

    /// <summary>Gets the place where <see cref="Pending"/> and <see cref="Masked"/> were read; null if they are not known.</summary>
    public StateSource? Source { get; internal init; }

    /// <summary>Gets the time when the state was read; null if it could not be read.</summary>
    public DateTimeOffset? TakenAt { get; internal init; }

    /// <summary>Gets the name of the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Returns a one-line description, safe to display.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{DisplayText.Domain(DomId, DomainName)} port {Port}");
}
