namespace XenShared.Hypervisor;

/// <summary>A guest's FIFO event array, as it was found in its memory and read.</summary>
/// <param name="TakenAt">When it was read; null when the file does not carry it.</param>
/// <param name="Pages">Its pages, lowest place first; one that was not found is missing.</param>
/// <param name="Evidence">By what it was recognised.</param>
public sealed record LocatedEventArray(DateTimeOffset? TakenAt, IReadOnlyList<EventArrayPage> Pages, string Evidence)
{
    /// <summary>
    /// Gets a value indicating whether it fits the ports in use. Without a table of these it is inferred from its looks alone.
    /// </summary>
    public bool IsProved { get; init; } = true;
}
