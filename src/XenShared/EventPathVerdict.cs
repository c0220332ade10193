namespace XenShared;

/// <summary>Specifies the result of the test of a channel.</summary>
public enum EventPathVerdict
{
    /// <summary>No event waits, and the channel is open. A program that waits for an event is no fault.</summary>
    Quiet,

    /// <summary>Events are handled, or no link stops the event that was on its way.</summary>
    Passing,

    /// <summary>A link stops the event (<see cref="XenEventPath.StopsAt"/>).</summary>
    Stopped,

    /// <summary>No link is known to stop the event, and a link that it must pass is not known.</summary>
    Unknown,
}
