namespace XenShared.Diagnosis.Paths;

/// <summary>Represents what <see cref="EventPathEvaluator"/> found.</summary>
/// <param name="Verdict">The result.</param>
/// <param name="StopsAt">The link that stops the event; null if no link is known to stop it.</param>
/// <param name="Evidence">The observations, in one or two sentences.</param>
/// <param name="Steps">All links of the path with their states, in the order in which an event passes them.</param>
internal sealed record EventPathFinding(
    EventPathVerdict Verdict,
    EventPathLink? StopsAt,
    string Evidence,
    IReadOnlyList<XenEventPathStep> Steps)
{
    /// <summary>
    /// Gets a value indicating whether further reads of the processor states (<see cref="EventPathFacts.Series"/>) are necessary to know
    /// whether the event stops at its vCPU.
    /// </summary>
    public bool NeedsSeries { get; init; }
}
