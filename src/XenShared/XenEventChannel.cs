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

    /// <summary>Gets what the port is bound to; null if it is not known, for the reason in <see cref="StateNote"/>.</summary>
    public ChannelState? State { get; internal init; }

    /// <summary>Gets the vCPU that events are delivered to; null for a closed port, and if it is not known.</summary>
    public int? Vcpu { get; internal init; }

    /// <summary>Gets a value indicating whether an event is pending; null, never false, if it is not known.</summary>
    public bool? Pending { get; internal init; }

    /// <summary>Gets a value indicating whether the guest has masked the channel; null if it is not known.</summary>
    public bool? Masked { get; internal init; }

    /// <summary>
    /// Gets a value indicating whether the event is in one of the FIFO queues of its vCPU (the LINKED bit); null if it is not known, and
    /// for two-level channels.
    /// </summary>
    public bool? Linked { get; internal init; }

    /// <summary>
    /// Gets a value indicating whether Xen is adding another port to the FIFO queue after this one at this moment (the BUSY bit). While the
    /// bit is set, the guest must not clear the mask bit. Null if it is not known, and for two-level channels.
    /// </summary>
    public bool? Busy { get; internal init; }

    /// <summary>
    /// Gets a value indicating whether <c>evtchn_pending_sel</c> of the vCPU has the bit for the word of the pending bitmap that contains
    /// the port. Only Xen's debug key <c>e</c> shows it: null for other sources, and for FIFO channels.
    /// </summary>
    public bool? InSelector { get; internal init; }

    /// <summary>
    /// Gets true if <see cref="Pending"/> and <see cref="Masked"/> are known to be the values that Xen uses; otherwise null, never false.
    /// </summary>
    public bool? IsLive { get; internal init; }

    /// <summary>
    /// Gets the reason why <see cref="State"/>, <see cref="Pending"/> or <see cref="Masked"/> is null; null if none of them is.
    /// </summary>
    public string? StateNote { get; internal init; }

    /// <summary>
    /// Gets the domain at the other end of an interdomain channel, or the domain that may connect to an unbound port; null for other ports.
    /// </summary>
    public ushort? RemoteDomId { get; internal init; }

    /// <summary>Gets the port at the other end of an interdomain channel; null for other ports.</summary>
    public uint? RemotePort { get; internal init; }

    /// <summary>Gets the virtual interrupt that the port is bound to; null for other ports.</summary>
    public VirtualIrq? Virq { get; internal init; }

    /// <summary>Gets the number of the hardware interrupt that the port is bound to; null for other ports.</summary>
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

    /// <summary>Gets the time when the pending and mask bits, or else the shared page, were read; null if this time is not known.</summary>
    public DateTimeOffset? TakenAt { get; internal init; }

    /// <summary>Gets the name of the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Returns a one-line description, safe to display.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{DisplayText.Domain(DomId, DomainName)} port {Port}");
}
