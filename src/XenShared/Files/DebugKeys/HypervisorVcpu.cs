namespace XenShared.Files.DebugKeys;

/// <summary>Represents the state of a vCPU as Xen's debug key <c>q</c>, or a tool, prints it.</summary>
/// <param name="Vcpu">The vCPU's number.</param>
/// <param name="IsRunning">Whether the vCPU runs on a processor at that moment.</param>
/// <param name="PolledPort">The port that it waits for in <c>SCHEDOP_poll</c>; null if there is none, or if there are several.</param>
/// <param name="UpcallPending">Whether <c>evtchn_upcall_pending</c> is set in its <c>vcpu_info</c>; null if the vCPU has none.</param>
/// <param name="UpcallMask">Whether <c>evtchn_upcall_mask</c> is set in its <c>vcpu_info</c>; null if the vCPU has none, and on Arm, where
/// Xen prints another value.</param>
/// <param name="PauseCount">How often the vCPU has been paused and not yet unpaused; null if the log lacks it.</param>
/// <param name="PauseFlags">The reasons why it does not run; null if the log lacks them.</param>
public readonly record struct HypervisorVcpu(
    int Vcpu,
    bool IsRunning,
    uint? PolledPort,
    bool? UpcallPending,
    bool? UpcallMask,
    int? PauseCount,
    VcpuPauseFlags? PauseFlags)
{
    /// <summary>
    /// Gets the state that a tool or the guest's kernel prints; null without such an output, and if it does not show the state.
    /// </summary>
    public VcpuState? ListedState { get; init; }

    /// <summary>Gets <c>evtchn_pending_sel</c>, which only Linux's debug interrupt prints; otherwise null.</summary>
    public ulong? PendingSelector { get; init; }

    /// <summary>Gets the processor on which the vCPU runs or ran last; null if the vCPU is offline, or if it is not known.</summary>
    public int? Cpu { get; init; }

    /// <summary>Gets the processors on which the vCPU may run, as <c>xl vcpu-list</c> prints them; null without that output.</summary>
    public string? HardAffinity { get; init; }

    /// <summary>Gets the processors on which the vCPU prefers to run; null without <c>xl vcpu-list</c> of Xen 4.5 or later.</summary>
    public string? SoftAffinity { get; init; }
}
