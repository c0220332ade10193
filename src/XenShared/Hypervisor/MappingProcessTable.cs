namespace XenShared.Hypervisor;

/// <summary>
/// Contains the processes of the control domain that have pages of other domains mapped. One of them can hold memory of a dying domain. A
/// backend in the kernel can do so too, but is not a process.
/// </summary>
/// <param name="Processes">The processes, lowest number first.</param>
/// <param name="IsComplete">Whether all processes could be read, and all of them are in the list.</param>
public sealed record MappingProcessTable(IReadOnlyList<MappingProcess> Processes, bool IsComplete)
{
    /// <summary>The maximum number of processes.</summary>
    public const int MaximumProcesses = 256;
}
