namespace XenShared.Files.DebugKeys;

/// <summary>Xen's own view of a port that is in use, of which it printed a whole line.</summary>
/// <param name="Port">The port.</param>
/// <param name="State">What it was bound to: of a port that is bound to something else by now, the rest says nothing.</param>
/// <param name="Vcpu">The vCPU that is told.</param>
/// <param name="IsConsumedByXen">Whether Xen itself is the receiver.</param>
/// <param name="Abi">The form of the line, which is that of the guest's channels.</param>
/// <param name="Pending">Whether an event waits; null when <paramref name="WhyUnknown"/> says why.</param>
/// <param name="Masked">Whether the guest has switched it off; null when <paramref name="WhyUnknown"/> says why.</param>
/// <param name="Linked">Whether it stands in one of the queues; null where there are none, and without an event word.</param>
/// <param name="Busy">Whether the guest is just unmasking it; null as <paramref name="Linked"/>.</param>
/// <param name="WhyUnknown">Why pending and masked are not known; null when they are.</param>
public readonly record struct HypervisorPort(
    uint Port,
    ChannelState State,
    int Vcpu,
    bool IsConsumedByXen,
    EventAbi Abi,
    bool? Pending,
    bool? Masked,
    bool? Linked,
    bool? Busy,
    string? WhyUnknown)
{
    /// <summary>Domain at the other end; of unbound channels, the one that may connect.</summary>
    public ushort? RemoteDomId { get; init; }

    /// <summary>Port at the other end, of interdomain channels.</summary>
    public uint? RemotePort { get; init; }

    /// <summary>Number of the physical or virtual interrupt.</summary>
    public uint? Irq { get; init; }
}
