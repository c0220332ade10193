namespace XenShared.Diagnosis.Paths;

/// <summary>Describes the states of a domain in which it neither handles nor sends events.</summary>
internal static class EventPathDomain
{
    /// <summary>
    /// Returns the reason why a domain does not run, as the end of a sentence, such as <c>is paused</c>; null if it runs.
    /// </summary>
    public static string? WhyNotRunning(DomainState state) => state switch
    {
        DomainState.Paused => "is paused",
        DomainState.Shutdown => "has shut down",
        DomainState.Suspended => "has suspended",
        DomainState.Crashed => "has crashed",
        DomainState.Dying => "is being destroyed",
        _ => null,
    };
}
