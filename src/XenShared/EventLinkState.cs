namespace XenShared;

/// <summary>Specifies whether a link on the path of an event (<see cref="EventPathLink"/>) lets the event pass.</summary>
public enum EventLinkState
{
    /// <summary>The link lets an event pass.</summary>
    Passes,

    /// <summary>The link stops an event. For a bit, which can change often, every read has shown this.</summary>
    Stops,

    /// <summary>The link has nothing to do now, because no event has reached it or the guest does not use it.</summary>
    Idle,

    /// <summary>The state is not known, or there were too few reads to show whether it lasts.</summary>
    Unknown,
}
