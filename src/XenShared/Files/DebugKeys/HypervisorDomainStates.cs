namespace XenShared.Files.DebugKeys;

/// <summary>Represents the states of all domains and vCPUs, from the output of debug key <c>q</c>.</summary>
/// <param name="TakenAt">The time of the dump; null if the log does not contain it.</param>
/// <param name="Domains">The domains with a complete heading.</param>
public sealed record HypervisorDomainStates(DateTimeOffset? TakenAt, IReadOnlyDictionary<ushort, HypervisorDomainState> Domains)
{
    /// <summary>Gets a remark, such as the numbers of lines that could not be read; null if there is none.</summary>
    public string? Remark { get; init; }
}
