namespace XenShared.Targets.Simulated;

/// <summary>
/// Specifies the kind of a simulated domain. Domain n has kind (n - 1) modulo the number of kinds; domain 0 is the control domain.
/// </summary>
public enum SimulatedKind
{
    /// <summary>PV Linux with two-level channels; each <c>vcpu_info</c> is registered outside the shared page.</summary>
    PvTwoLevel,

    /// <summary>PV Linux with FIFO channels.</summary>
    PvFifo,

    /// <summary>
    /// A small PV kernel that blocks when it is idle, with two-level channels; it uses the <c>vcpu_info</c> slots of the shared page.
    /// </summary>
    MiniOsIdle,

    /// <summary>
    /// A small PV kernel that never blocks, with two-level channels; it uses the <c>vcpu_info</c> slots of the shared page.
    /// </summary>
    MiniOsBusy,

    /// <summary>PVH Linux with two-level channels.</summary>
    PvhTwoLevel,

    /// <summary>PVH Linux with FIFO channels.</summary>
    PvhFifo,

    /// <summary>PV GRUB: it polls, masks nothing and clears nothing.</summary>
    Grub,

    /// <summary>32-bit PV Linux with two-level channels.</summary>
    Pv32TwoLevel,

    /// <summary>HVM Linux with two-level channels; the clock of its firmware remains in the page.</summary>
    HvmTwoLevel,

    /// <summary>HVM Linux with FIFO channels.</summary>
    HvmFifo,

    /// <summary>An HVM guest while its firmware runs, which uses the 32-bit layout of the shared page.</summary>
    HvmFirmware,

    /// <summary>An HVM guest before its firmware runs; it has not mapped its shared page.</summary>
    HvmCreated,

    /// <summary>PV Linux with FIFO channels after a restore: its mask is all ones.</summary>
    PvRestored,

    /// <summary>As <see cref="PvTwoLevel"/>, but the channel of its disk is stuck: masked with a pending event.</summary>
    PvStuck,

    /// <summary>
    /// As <see cref="PvTwoLevel"/>, but the channel of its disk has lost an event: pending and unmasked, but the vCPU was not notified.
    /// </summary>
    PvLost,

    /// <summary>The control domain: PV Linux with FIFO channels.</summary>
    ControlDomain,
}
