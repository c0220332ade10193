namespace XenShared.Targets.Simulated;

/// <summary>A vCPU of a simulated guest, as Xen's scheduler has it.</summary>
internal sealed class SimulatedVcpu(int number, ulong recordFrame, int recordOffset)
{
    public int Number => number;

    /// <summary>Gets the frame of the record that Xen writes.</summary>
    public ulong RecordFrame { get; set; } = recordFrame;

    /// <summary>Gets where the record is in it.</summary>
    public int RecordOffset => recordOffset;

    /// <summary>Waits for an event. Only Xen's kick ends that, whatever stands in memory.</summary>
    public bool IsBlocked { get; set; }

    /// <summary>
    /// Xen has asserted the interrupt by which an HVM or PVH guest takes its upcall; such a guest does not look at the byte alone.
    /// </summary>
    public bool IsAsserted { get; set; }

    public ulong CpuTime { get; set; }

    /// <summary>Gets the second of its last clock record.</summary>
    public long RefreshedAt { get; set; } = -1;

    /// <summary>Xen does not bring its clock up to date any more.</summary>
    public bool IsClockFrozen { get; set; }

    /// <summary>Inside a section that no interrupt may enter (a PV kernel with its interrupts off).</summary>
    public bool IsInCriticalSection { get; set; }

    /// <summary>Gets what the interrupt flag was before the section; it is put back as it was found.</summary>
    public ulong SavedMask { get; set; }

    /// <summary>Gets a one-shot timer is armed; the guest arms it again when it hears of it.</summary>
    public bool IsTimerArmed { get; set; } = true;

    /// <summary>Gets when the timer is due.</summary>
    public long TimerDue { get; set; }

    /// <summary>Gets the last port of its FIFO queue; 0 when empty. Xen's own, in no guest's memory.</summary>
    public uint QueueTail { get; set; }
}
