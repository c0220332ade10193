namespace XenShared;

/// <summary>A domain's shared page (<c>struct shared_info</c>), decoded.</summary>
public sealed record XenSharedInfo
{
    /// <summary>Gets the domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? DomainName { get; init; }

    /// <summary>Gets the shape it was read in.</summary>
    public required GuestLayout Layout { get; init; }

    /// <summary>Gets what tells the shape.</summary>
    public string LayoutEvidence { get; init; } = "";

    /// <summary>Gets how the guest takes events.</summary>
    public EventAbi EventAbi { get; init; }

    /// <summary>Gets what tells the ABI, or why it is not known.</summary>
    public string AbiEvidence { get; init; } = "";

    /// <summary>Frame of the page (an MFN for PV, a GFN otherwise); null for a page without a host.</summary>
    public ulong? Frame { get; init; }

    /// <summary>Gets when the page was copied; null when the file does not carry it.</summary>
    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>Gets the wall clock; null when it would not come to rest.</summary>
    public XenWallClock? WallClock { get; init; }

    /// <summary>Gets the domain's vCPUs.</summary>
    public IReadOnlyList<XenVcpuInfo> Vcpu { get; init; } = [];

    /// <summary>Bound ports whose pending bit is set; null unless the guest is known to use two-level channels.</summary>
    public IReadOnlyList<uint>? PendingPort { get; init; }

    /// <summary>Bound ports whose mask bit is clear; null unless the guest is known to use two-level channels.</summary>
    public IReadOnlyList<uint>? UnmaskedPort { get; init; }

    /// <summary>Gets the architecture part; null on Arm.</summary>
    public XenArchInfo? Arch { get; init; }

    /// <summary>Parts that were being written each time they were read, and are therefore null.</summary>
    public IReadOnlyList<string> Unstable { get; init; } = [];

    /// <summary>Gets the 4,096 bytes.</summary>
    public IReadOnlyList<byte> Bytes { get; init; } = [];

    /// <summary>Gets the host.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Returns one line for people, safe to show.</summary>
    public override string ToString() =>
        $"{DisplayText.Domain(DomId, DomainName)} shared_info";
}
