using System.Globalization;

namespace XenShared;

/// <summary>
/// Represents the memory that a vCPU shares with Xen (<c>struct vcpu_info</c>). Check <see cref="IsLive"/> first: a record that is not live
/// is an old copy.
/// </summary>
public sealed record XenVcpuInfo
{
    /// <summary>Gets the number of the domain.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets the name of the domain; null if it is not known.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets the vCPU's number.</summary>
    public int Vcpu { get; internal init; }

    /// <summary>Gets a value indicating whether an upcall is pending; null without a record.</summary>
    public bool? UpcallPending { get; internal init; }

    /// <summary>
    /// Gets a value indicating whether a PV guest has masked upcalls (interrupts off). HVM guests ignore it. Null without a record and on
    /// Arm.
    /// </summary>
    public bool? UpcallMask { get; internal init; }

    /// <summary>
    /// Gets the pending selector of two-level guests: bit n is set if word n of the pending bitmap must be checked. Null without a record.
    /// </summary>
    public ulong? PendingSelector { get; internal init; }

    /// <summary>Gets a PV guest's last page fault address. Null without a record and on Arm.</summary>
    public ulong? Cr2 { get; internal init; }

    /// <summary>
    /// Gets the clock; null without a record, if the clock could not be read consistently, and on Arm, where Xen does not fill it.
    /// </summary>
    public XenVcpuTime? Time { get; internal init; }

    /// <summary>Gets the state in Xen's scheduler; null if it was not read.</summary>
    public VcpuState? RunState { get; internal init; }

    /// <summary>
    /// Gets the port that the vCPU waits for in <c>SCHEDOP_poll</c>; null for none or several, and for other sources than a console log.
    /// </summary>
    public uint? PolledPort { get; internal init; }

    /// <summary>
    /// Gets the number of reasons why Xen or the toolstack paused the vCPU; null for other sources than a console log, and before Xen 4.2.
    /// </summary>
    public int? PauseCount { get; internal init; }

    /// <summary>Gets the reasons why the vCPU does not run; null for other sources than a console log.</summary>
    public VcpuPauseFlags? PauseFlags { get; internal init; }

    /// <summary>Gets the place of the record, such as <c>page+0x40</c>, or the reason why there is none.</summary>
    public string Location { get; internal init; } = "";

    /// <summary>
    /// Gets a value indicating whether Xen updates this record. False: the guest has registered another place, and this record is no longer
    /// updated. Null: not sampled, the vCPU did not run, or the record was inferred from a file.
    /// </summary>
    public bool? IsLive { get; internal init; }

    /// <summary>Gets the evidence for IsLive.</summary>
    public string LiveEvidence { get; internal init; } = "";

    /// <summary>Gets the source of the record; null without a record.</summary>
    public StateSource? Source { get; internal init; }

    /// <summary>Gets the time when the record was read; null if the file does not contain it.</summary>
    public DateTimeOffset? TakenAt { get; internal init; }

    /// <summary>Gets the name of the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Returns a one-line description, safe to display.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{DisplayText.Domain(DomId, DomainName)} vCPU {Vcpu}");
}
