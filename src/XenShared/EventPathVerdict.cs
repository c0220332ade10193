namespace XenShared;

/// <summary>Specifies the result of the test of a port's path: whether the events of the port get to the guest.</summary>
public enum EventPathVerdict
{
    /// <summary>
    /// No event is pending, and the channel is not known to be closed. So there is nothing to deliver, which is not a fault.
    /// </summary>
    Quiet,

    /// <summary>
    /// The pending bit was set in some reads and clear in others, so events are handled; or an event is pending and no link stops it.
    /// </summary>
    Passing,

    /// <summary>A link stops the event (<see cref="XenEventPath.StopsAt"/>).</summary>
    Stopped,

    /// <summary>No link is known to stop the event, but the state of at least one link is not known.</summary>
    Unknown,
}
