namespace XenShared.Files.DebugKeys;

/// <summary>Represents Xen's own view of a port in use, from a complete line of debug key <c>e</c>.</summary>
/// <param name="Port">The port.</param>
/// <param name="State">The binding at that time. If the port has another binding now, the other values do not apply. Null if the guest's
/// kernel printed the line.</param>
/// <param name="Vcpu">The vCPU that events are delivered to.</param>
/// <param name="IsConsumedByXen">Whether Xen itself is the receiver.</param>
/// <param name="Abi">The event ABI of the guest, from the format of the line.</param>
/// <param name="Pending">Whether an event is pending; null if <paramref name="WhyUnknown"/> has a reason.</param>
/// <param name="Masked">Whether the guest has masked the channel; null if <paramref name="WhyUnknown"/> has a reason.</param>
/// <param name="Linked">Whether the event is in a queue of a vCPU (<c>LINKED</c>); null for two-level channels, and if Xen has no event
/// word for the port.</param>
/// <param name="Busy">Whether Xen holds the event word (<c>BUSY</c>) at that moment, so that the guest cannot unmask it; null in the same
/// cases as <paramref name="Linked"/>.</param>
/// <param name="WhyUnknown">The reason why pending and masked are not known; null if they are.</param>
public readonly record struct HypervisorPort(
    uint Port,
    ChannelState? State,
    int Vcpu,
    bool IsConsumedByXen,
    EventAbi Abi,
    bool? Pending,
    bool? Masked,
    bool? Linked,
    bool? Busy,
    string? WhyUnknown)
{
    /// <summary>
    /// Gets a value indicating whether <c>evtchn_pending_sel</c> of the port's vCPU has the bit for the bitmap word with this port; null
    /// for FIFO channels, and before Xen 4.4.
    /// </summary>
    public bool? InSelector { get; init; }

    /// <summary>Gets the domain at the other end, or the domain that may connect to an unbound channel.</summary>
    public ushort? RemoteDomId { get; init; }

    /// <summary>Gets the port at the other end of an interdomain channel.</summary>
    public uint? RemotePort { get; init; }

    /// <summary>Gets the number of the physical or virtual interrupt.</summary>
    public uint? Irq { get; init; }
}
