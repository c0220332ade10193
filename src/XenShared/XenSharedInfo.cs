namespace XenShared;

/// <summary>A domain's shared page (<c>struct shared_info</c>), decoded.</summary>
public sealed record XenSharedInfo
{
    /// <summary>The domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Its name; null when unknown.</summary>
    public string? DomainName { get; init; }

    /// <summary>The shape it was read in.</summary>
    public required GuestLayout Layout { get; init; }

    /// <summary>What tells the shape.</summary>
    public string LayoutEvidence { get; init; } = "";

    /// <summary>How the guest takes events.</summary>
    public EventAbi EventAbi { get; init; }

    /// <summary>What tells the ABI, or why it is not known.</summary>
    public string AbiEvidence { get; init; } = "";

    /// <summary>Frame of the page (an MFN for PV, a GFN otherwise); null for a page without a host.</summary>
    public ulong? Frame { get; init; }

    /// <summary>When the page was copied; null when the file does not carry it.</summary>
    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>The wall clock; null when it would not come to rest.</summary>
    public XenWallClock? WallClock { get; init; }

    /// <summary>The domain's vCPUs.</summary>
    public IReadOnlyList<XenVcpuInfo> Vcpu { get; init; } = [];

    /// <summary>Bound ports whose pending bit is set; null unless the guest is known to use two-level channels.</summary>
    public IReadOnlyList<uint>? PendingPort { get; init; }

    /// <summary>Bound ports whose mask bit is clear; null unless the guest is known to use two-level channels.</summary>
    public IReadOnlyList<uint>? UnmaskedPort { get; init; }

    /// <summary>The architecture part; null on Arm.</summary>
    public XenArchInfo? Arch { get; init; }

    /// <summary>Parts that were being written each time they were read, and are therefore null.</summary>
    public IReadOnlyList<string> Unstable { get; init; } = [];

    /// <summary>The 4,096 bytes.</summary>
    public IReadOnlyList<byte> Bytes { get; init; } = [];

    /// <summary>The host.</summary>
    public string HostName { get; init; } = "";
}
