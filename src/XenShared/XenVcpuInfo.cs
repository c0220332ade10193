using System.Globalization;

namespace XenShared;

/// <summary>
/// Represents what a vCPU shares with Xen (<c>struct vcpu_info</c>). A record that is not live is a frozen copy: check <see cref="IsLive"/>
/// first.
/// </summary>
public sealed record XenVcpuInfo
{
    /// <summary>Gets the domain.</summary>
    public required ushort DomId { get; init; }

    /// <summary>Gets its name; null when unknown.</summary>
    public string? DomainName { get; init; }

    /// <summary>Gets the vCPU's number.</summary>
    public required int Vcpu { get; init; }

    /// <summary>Gets a value indicating whether Xen has told it to look; null without a record.</summary>
    public bool? UpcallPending { get; init; }

    /// <summary>Gets a PV guest's "interrupts off"; HVM guests ignore it. Null without a record and on Arm.</summary>
    public bool? UpcallMask { get; init; }

    /// <summary>Bit n: word n of the pending bitmap is worth a look (two-level guests). Null without a record.</summary>
    public ulong? PendingSelector { get; init; }

    /// <summary>Gets a PV guest's last page fault address. Null without a record and on Arm.</summary>
    public ulong? Cr2 { get; init; }

    /// <summary>Gets the clock record; null without one, when it would not come to rest, or on Arm, where Xen never fills it.</summary>
    public XenVcpuTime? Time { get; init; }

    /// <summary>Gets where the record is, such as <c>page+0x40</c>, or why there is none.</summary>
    public string Location { get; init; } = "";

    /// <summary>
    /// True: Xen updates this record. False: the guest has registered another place and this one is frozen. Null: not sampled, the vCPU did
    /// not run, or it is inferred from a file.
    /// </summary>
    public bool? IsLive { get; init; }

    /// <summary>Gets what tells whether it is live.</summary>
    public string LiveEvidence { get; init; } = "";

    /// <summary>Gets where the record was read; null without one.</summary>
    public StateSource? Source { get; init; }

    /// <summary>Gets when it was read; null when the file does not carry it.</summary>
    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>Gets the host.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Returns one line for people, safe to show.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{DisplayText.Domain(DomId, DomainName)} vCPU {Vcpu}");
}
