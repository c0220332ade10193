namespace XenShared.Diagnosis.Paths;

/// <summary>Represents what <see cref="EventPathEvaluator"/> found.</summary>
/// <param name="Verdict">The result.</param>
/// <param name="StopsAt">The link that stops the event; null if none is known to.</param>
/// <param name="Evidence">The observations, in one or two sentences.</param>
/// <param name="Steps">The links.</param>
internal sealed record EventPathFinding(
    EventPathVerdict Verdict,
    EventPathLink? StopsAt,
    string Evidence,
    IReadOnlyList<XenEventPathStep> Steps);
