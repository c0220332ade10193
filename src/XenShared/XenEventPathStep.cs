namespace XenShared;

/// <summary>Represents a link on the path of an event, with its state when the path was tested.</summary>
public sealed record XenEventPathStep
{
    /// <summary>Creates an empty object.</summary>
    public XenEventPathStep()
    {
    }

    internal XenEventPathStep(EventPathLink link, EventLinkState state, string evidence, string? source) =>
        (Link, State, Evidence, Source) = (link, state, evidence, source);

    /// <summary>Gets the link.</summary>
    public EventPathLink Link { get; internal init; }

    /// <summary>Gets the state, which shows whether the link lets the event pass.</summary>
    public EventLinkState State { get; internal init; }

    /// <summary>Gets the observation that proves the state, or the reason why the state is not known.</summary>
    public string Evidence { get; internal init; } = null!;

    /// <summary>
    /// Gets the place or the C function from which the state was read, such as <c>xc_evtchn_status</c>; null if nothing was read.
    /// </summary>
    public string? Source { get; internal init; }

    /// <summary>Returns the link, its state and the observation in one line, safe to display.</summary>
    public override string ToString() => $"{Link}: {State}: {DisplayText.Sanitize(Evidence)}";
}
