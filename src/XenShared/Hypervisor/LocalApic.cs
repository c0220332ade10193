namespace XenShared.Hypervisor;

/// <summary>Represents the local APIC of a vCPU.</summary>
/// <param name="IsEnabled">Whether it is enabled, both in hardware and by software.</param>
/// <param name="TaskPriority">The task priority register (TPR).</param>
/// <param name="Requested">The vectors in the interrupt request register (IRR), lowest first.</param>
/// <param name="InService">The vectors in the in-service register (ISR), lowest first.</param>
public sealed record LocalApic(bool IsEnabled, byte TaskPriority, IReadOnlyList<byte> Requested, IReadOnlyList<byte> InService)
{
    /// <summary>
    /// Gets a value indicating whether a vector is requested, but the task priority or a vector in service has the same or a higher class
    /// (the upper four bits), so that the processor does not take it.
    /// </summary>
    public bool IsBlocked =>
        Requested.Count > 0 && Requested.Max() >> 4 <= Math.Max(TaskPriority, InService.DefaultIfEmpty().Max()) >> 4;
}
