namespace XenShared.Hypervisor;

/// <summary>
/// Contains the processes of the control domain that have pages of other domains mapped. Such a process can prevent Xen from freeing a
/// dying domain. A backend in the kernel can do so too, but is not a process and so is not listed.
/// </summary>
/// <param name="Processes">The processes, lowest number first.</param>
/// <param name="IsComplete">Whether the list is complete: every process could be read, and no limit was reached.</param>
public sealed record MappingProcessTable(IReadOnlyList<MappingProcess> Processes, bool IsComplete)
{
    /// <summary>The maximum number of processes in the list.</summary>
    public const int MaximumProcesses = 256;
}
