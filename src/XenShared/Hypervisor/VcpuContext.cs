namespace XenShared.Hypervisor;

/// <summary>Represents the processor state of a vCPU as Xen reports it. A value that is not known is null.</summary>
/// <param name="Vcpu">The vCPU's number.</param>
public sealed record VcpuContext(int Vcpu)
{
    /// <summary>
    /// Gets the vCPU's state in Xen's scheduler, read just before the processor state; null if the data is from a core dump or a saved
    /// guest.
    /// </summary>
    public VcpuRunState? Run { get; init; }

    /// <summary>
    /// Gets a value indicating whether the vCPU is online, according to a core dump or a saved guest; null if <see cref="Run"/> is used
    /// instead.
    /// </summary>
    public bool? IsOnline { get; init; }

    /// <summary>Gets the instruction pointer.</summary>
    public ulong? InstructionPointer { get; init; }

    /// <summary>
    /// Gets the interrupt flag (RFLAGS.IF) of a vCPU of an HVM or PVH guest; null for PV, where the flag is always set.
    /// </summary>
    public bool? InterruptFlag { get; init; }

    /// <summary>
    /// Gets the address of the event callback of a PV guest (<c>event_callback_eip</c>), 0 for none; null for other guests.
    /// </summary>
    public ulong? EventCallback { get; init; }

    /// <summary>
    /// Gets <c>HVM_PARAM_CALLBACK_IRQ</c>, which is how Xen notifies the domain of events, 0 for none; null for PV guests.
    /// </summary>
    public ulong? CallbackIrq { get; init; }

    /// <summary>Gets the local APIC of a vCPU of an HVM or PVH guest; null for PV guests.</summary>
    public LocalApic? Apic { get; init; }

    /// <summary>Gets the reason why a value that this vCPU has is null; null if no such value is missing.</summary>
    public string? WhyUnknown { get; init; }
}
