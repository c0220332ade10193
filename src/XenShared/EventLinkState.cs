namespace XenShared;

/// <summary>Specifies the state of a link of the path of an event.</summary>
public enum EventLinkState
{
    /// <summary>The link lets an event pass.</summary>
    Passes,

    /// <summary>The link stops an event, in every read.</summary>
    Stops,

    /// <summary>The link has nothing to do now, because no event has reached it or the guest does not use it.</summary>
    Idle,

    /// <summary>The state is not known, or one read does not show whether it lasts.</summary>
    Unknown,
}
