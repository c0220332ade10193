namespace XenShared.Hypervisor;

/// <summary>Represents the local APIC of a vCPU.</summary>
/// <param name="IsEnabled">Whether the local APIC is enabled, both in hardware and by software.</param>
/// <param name="TaskPriority">The task priority register (TPR).</param>
/// <param name="Requested">The vectors in the interrupt request register (IRR), lowest first.</param>
/// <param name="InService">The vectors in the in-service register (ISR), lowest first.</param>
public sealed record LocalApic(bool IsEnabled, byte TaskPriority, IReadOnlyList<byte> Requested, IReadOnlyList<byte> InService)
{
    /// <summary>
    /// Gets a value indicating whether the vCPU takes none of the requested vectors now: the task priority or a vector in service has at
    /// least the class (the upper four bits) of the highest requested vector. False if no vector is requested.
    /// </summary>
    public bool IsBlocked =>
        Requested.Count > 0 && Requested.Max() >> 4 <= Math.Max(TaskPriority, InService.DefaultIfEmpty().Max()) >> 4;
}
