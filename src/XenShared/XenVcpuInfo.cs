namespace XenShared;

/// <summary>
/// What a vCPU shares with Xen (<c>struct vcpu_info</c>). A record that is not live is a frozen copy: look at <see cref="IsLive"/> first.
/// </summary>
public sealed record XenVcpuInfo
{
    /// <summary>The domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Its name; null when unknown.</summary>
    public string? DomainName { get; init; }

    /// <summary>The vCPU's number.</summary>
    public required int Vcpu { get; init; }

    /// <summary>Whether Xen has told it to look; null without a record.</summary>
    public bool? UpcallPending { get; init; }

    /// <summary>A PV guest's "interrupts off"; HVM guests ignore it. Null without a record and on Arm.</summary>
    public bool? UpcallMask { get; init; }

    /// <summary>Bit n: word n of the pending bitmap is worth a look (two-level guests). Null without a record.</summary>
    public ulong? PendingSelector { get; init; }

    /// <summary>A PV guest's last page fault address. Null without a record and on Arm.</summary>
    public ulong? Cr2 { get; init; }

    /// <summary>The clock record; null without one, when it would not come to rest, or on Arm, where Xen never fills it.</summary>
    public XenVcpuTime? Time { get; init; }

    /// <summary>Where the record is, such as <c>page+0x40</c>, or why there is none.</summary>
    public string Location { get; init; } = "";

    /// <summary>
    /// True: Xen updates this record. False: the guest has registered another place and this one is frozen. Null: not sampled, the vCPU did
    /// not run, or it is inferred from a file.
    /// </summary>
    public bool? IsLive { get; init; }

    /// <summary>What tells whether it is live.</summary>
    public string LiveEvidence { get; init; } = "";

    /// <summary>Where the record was read; null without one.</summary>
    public StateSource? Source { get; init; }

    /// <summary>When it was read; null when the file does not carry it.</summary>
    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>The host.</summary>
    public string HostName { get; init; } = "";
}
