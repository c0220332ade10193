using System.Globalization;

namespace XenShared;

/// <summary>
/// Represents the memory that a vCPU shares with Xen (<c>struct vcpu_info</c>). Check <see cref="IsLive"/> first: if it is false, the
/// values are old, because Xen no longer updates this memory.
/// </summary>
public sealed record XenVcpuInfo
{
    /// <summary>Gets the number of the domain.</summary>
    public ushort DomId { get; internal init; }

    /// <summary>Gets the name of the domain; null if it is not known.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>Gets the vCPU's number.</summary>
    public int Vcpu { get; internal init; }

    /// <summary>
    /// Gets a value indicating whether <c>evtchn_upcall_pending</c> is set, which notifies the vCPU of pending events; null if no vcpu_info
    /// was read.
    /// </summary>
    public bool? UpcallPending { get; internal init; }

    /// <summary>
    /// Gets a value indicating whether a PV guest has set <c>evtchn_upcall_mask</c>, which switches its interrupts off. It has no effect in
    /// HVM and PVH guests. Null if no vcpu_info was read, and on Arm.
    /// </summary>
    public bool? UpcallMask { get; internal init; }

    /// <summary>
    /// Gets <c>evtchn_pending_sel</c>, which guests with two-level channels use: bit n is set if word n of the pending bitmap must be
    /// checked. Null if it was not read.
    /// </summary>
    public ulong? PendingSelector { get; internal init; }

    /// <summary>Gets the address of a PV guest's last page fault. Null if it was not read, and on Arm.</summary>
    public ulong? Cr2 { get; internal init; }

    /// <summary>
    /// Gets the clock; null if it was not read, if it was being written at each attempt, and on Arm, where Xen does not fill it.
    /// </summary>
    public XenVcpuTime? Time { get; internal init; }

    /// <summary>
    /// Gets the state of the vCPU in Xen's scheduler, from the output of Xen's debug key <c>q</c> in a console log or capture; null without
    /// that output.
    /// </summary>
    public VcpuState? RunState { get; internal init; }

    /// <summary>
    /// Gets the port that the vCPU waits for in the hypercall <c>SCHEDOP_poll</c>; null if it waits for no port or for several. The port is
    /// from the output of Xen's debug key <c>q</c> in a console log or capture; null without that output.
    /// </summary>
    public uint? PolledPort { get; internal init; }

    /// <summary>
    /// Gets the number of times that Xen or the toolstack has paused the vCPU without resuming it, from the output of Xen's debug key
    /// <c>q</c> in a console log or capture; null without that output, and before Xen 4.2.
    /// </summary>
    public int? PauseCount { get; internal init; }

    /// <summary>
    /// Gets the reasons why the vCPU does not run, from the output of Xen's debug key <c>q</c> in a console log or capture; null without
    /// that output.
    /// </summary>
    public VcpuPauseFlags? PauseFlags { get; internal init; }

    /// <summary>
    /// Gets the number of the processor on which the vCPU runs or ran last, from the output of <c>xl vcpu-list</c>; null without that
    /// output, and for an offline vCPU.
    /// </summary>
    public int? Cpu { get; internal init; }

    /// <summary>
    /// Gets the processors on which the vCPU may run, such as <c>all</c> or <c>0-3,6</c>, from the output of <c>xl vcpu-list</c>; null
    /// without that output.
    /// </summary>
    public string? HardAffinity { get; internal init; }

    /// <summary>
    /// Gets the processors on which the vCPU prefers to run, from the output of <c>xl vcpu-list</c> of Xen 4.5 or later; null without that
    /// output.
    /// </summary>
    public string? SoftAffinity { get; internal init; }

    /// <summary>
    /// Gets the place of this vcpu_info, such as <c>page+0x40</c> (an offset in the shared page), or the reason why there is none.
    /// </summary>
    public string Location { get; internal init; } = "";

    /// <summary>
    /// Gets a value indicating whether Xen updates this memory. False if the guest has registered another place, so that the values here
    /// are old. Null if it is not known, for example because the vCPU did not run; <see cref="LiveEvidence"/> has the reason.
    /// </summary>
    public bool? IsLive { get; internal init; }

    /// <summary>Gets the evidence for <see cref="IsLive"/>, or the reason why that is not known.</summary>
    public string LiveEvidence { get; internal init; } = "";

    /// <summary>Gets where this vcpu_info was read; null if there is none.</summary>
    public StateSource? Source { get; internal init; }

    /// <summary>Gets the time when this vcpu_info was read; null if the file does not contain it.</summary>
    public DateTimeOffset? TakenAt { get; internal init; }

    /// <summary>Gets the name of the host.</summary>
    public string HostName { get; internal init; } = "";

    /// <summary>Returns a one-line description, safe to display.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{DisplayText.Domain(DomId, DomainName)} vCPU {Vcpu}");
}
