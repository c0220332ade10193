namespace XenShared;

/// <summary>Represents a link of the path of an event.</summary>
public sealed record XenEventPathStep
{
    /// <summary>Creates an empty link.</summary>
    public XenEventPathStep()
    {
    }

    internal XenEventPathStep(EventPathLink link, EventLinkState state, string evidence, string? source) =>
        (Link, State, Evidence, Source) = (link, state, evidence, source);

    /// <summary>Gets the link.</summary>
    public EventPathLink Link { get; internal init; }

    /// <summary>Gets the state.</summary>
    public EventLinkState State { get; internal init; }

    /// <summary>Gets the observation, or the reason why it is not known.</summary>
    public string Evidence { get; internal init; } = null!;

    /// <summary>Gets the place or the call that it was read from; null if nothing was read.</summary>
    public string? Source { get; internal init; }

    /// <summary>Returns one line for people, safe to show.</summary>
    public override string ToString() => $"{Link}: {State}: {DisplayText.Sanitize(Evidence)}";
}
