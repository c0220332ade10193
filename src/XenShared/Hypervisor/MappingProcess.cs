namespace XenShared.Hypervisor;

/// <summary>
/// Represents a process of the control domain that has pages of other domains mapped. The kernel does not report which domains these are.
/// </summary>
/// <param name="ProcessId">The number of the process.</param>
/// <param name="Name">The name (<c>/proc/PID/comm</c>), which the process can choose; null if it is not known.</param>
public sealed record MappingProcess(int ProcessId, string? Name)
{
    /// <summary>The maximum length of a name. Linux keeps 15 characters.</summary>
    public const int MaximumName = 64;
}
