namespace XenShared.Files.DebugKeys;

/// <summary>Represents the state of a vCPU as Xen's debug key <c>q</c> prints it.</summary>
/// <param name="Vcpu">The vCPU's number.</param>
/// <param name="IsRunning">Whether it is on a processor.</param>
/// <param name="PolledPort">The port that it waits for in <c>SCHEDOP_poll</c>; null if there is none, or if there are several.</param>
/// <param name="UpcallPending">Whether an upcall is pending in its record.</param>
/// <param name="UpcallMask">Whether upcalls are masked in its record; null on Arm, where Xen prints another value.</param>
/// <param name="PauseCount">The number of reasons why it is paused; null if the log lacks it.</param>
/// <param name="PauseFlags">The reasons why it does not run; null if the log lacks them.</param>
public readonly record struct HypervisorVcpu(
    int Vcpu,
    bool IsRunning,
    uint? PolledPort,
    bool? UpcallPending,
    bool? UpcallMask,
    int? PauseCount,
    VcpuPauseFlags? PauseFlags);
