namespace XenShared.Targets.Simulated;

/// <summary>Represents a vCPU of a simulated guest in Xen's scheduler.</summary>
internal sealed class SimulatedVcpu(int number, ulong recordFrame, int recordOffset)
{
    public int Number => number;

    /// <summary>Gets the frame that contains the <c>vcpu_info</c> to which Xen writes.</summary>
    public ulong RecordFrame { get; set; } = recordFrame;

    /// <summary>Gets the offset of the <c>vcpu_info</c> in that frame.</summary>
    public int RecordOffset => recordOffset;

    /// <summary>
    /// Gets or sets a value indicating whether the vCPU waits for an event. Only a kick by Xen ends that, whatever the memory contains.
    /// </summary>
    public bool IsBlocked { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether Xen has asserted the interrupt for the upcall of an HVM or PVH guest. Without the interrupt,
    /// such a guest does not check the upcall byte.
    /// </summary>
    public bool IsAsserted { get; set; }

    public ulong CpuTime { get; set; }

    /// <summary>Gets or sets a value indicating whether the vCPU is online. An offline one does not run.</summary>
    public bool IsOnline { get; set; } = true;

    /// <summary>Gets or sets a value indicating whether Xen gives the vCPU no processor time.</summary>
    public bool IsStarved { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the kernel loops with interrupts off: the vCPU runs, and handles nothing.
    /// </summary>
    public bool IsSpinning { get; set; }

    /// <summary>Gets or sets a value indicating whether the local APIC of an HVM or PVH guest is enabled.</summary>
    public bool IsApicEnabled { get; set; } = true;

    /// <summary>
    /// Gets or sets a value indicating whether the vector of the upcall stays in service, because the kernel did not end the interrupt. The
    /// local APIC then does not deliver it again.
    /// </summary>
    public bool IsInService { get; set; }

    /// <summary>Gets the second in which Xen last wrote the vCPU's clock; -1 if it has not.</summary>
    public long RefreshedAt { get; set; } = -1;

    /// <summary>Gets or sets a value indicating whether Xen no longer updates the clock.</summary>
    public bool IsClockFrozen { get; set; }

    /// <summary>Gets or sets the nanoseconds by which the TSC of the vCPU jumped.</summary>
    public long ClockStep { get; set; }

    /// <summary>Gets or sets the time of this jump, in ticks.</summary>
    public long ClockStepAt { get; set; }

    /// <summary>Gets or sets a value indicating whether a PV kernel is in a section with interrupts off.</summary>
    public bool IsInCriticalSection { get; set; }

    /// <summary>Gets or sets the upcall mask from before the section with interrupts off. It is restored after the section.</summary>
    public ulong SavedMask { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the one-shot timer is armed. The guest arms it again after each timer event.
    /// </summary>
    public bool IsTimerArmed { get; set; } = true;

    /// <summary>Gets or sets the time when the timer is due, in ticks.</summary>
    public long TimerDue { get; set; }

    /// <summary>Gets or sets the last port of the vCPU's FIFO queue; 0 if empty. This is in Xen, not in guest memory.</summary>
    public uint QueueTail { get; set; }
}
