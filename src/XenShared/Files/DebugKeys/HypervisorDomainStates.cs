namespace XenShared.Files.DebugKeys;

/// <summary>Represents the states of domains and vCPUs, from the output of debug key <c>q</c> and of tools.</summary>
/// <param name="TakenAt">The time of the dump of debug key <c>q</c>; null if the log does not contain it. Tools print no time.</param>
/// <param name="Domains">The domains with a complete heading.</param>
public sealed record HypervisorDomainStates(DateTimeOffset? TakenAt, IReadOnlyDictionary<ushort, HypervisorDomainState> Domains)
{
    /// <summary>Gets a remark, such as the numbers of lines that could not be read; null if there is none.</summary>
    public string? Remark { get; init; }

    /// <summary>Returns the time at which the state of a domain was printed; null if it is not known.</summary>
    public DateTimeOffset? GetTime(ushort domId) =>
        Domains.GetValueOrDefault(domId) is { Output: StateOutput.DebugKey } ? TakenAt : null;
}
