namespace XenShared.Hypervisor;

/// <summary>
/// Holds the processes of the control domain that have pages of other domains mapped. Only such a process can hold memory of a dying
/// domain, except for a backend in the kernel, which no process shows.
/// </summary>
/// <param name="Processes">The processes, lowest number first.</param>
/// <param name="IsComplete">Whether all processes could be read, and all of them are in the list.</param>
public sealed record MappingProcessTable(IReadOnlyList<MappingProcess> Processes, bool IsComplete)
{
    /// <summary>The maximum number of processes.</summary>
    public const int MaximumProcesses = 256;
}
