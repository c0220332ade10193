namespace XenShared;

/// <summary>Specifies a condition of a channel to wait for.</summary>
public enum ChannelCondition
{
    /// <summary>An event is pending.</summary>
    Pending,

    /// <summary>No event is pending.</summary>
    Idle,

    /// <summary>The guest has masked the channel.</summary>
    Masked,

    /// <summary>The guest has not masked the channel.</summary>
    Unmasked,

    /// <summary>The channel is closed, or its domain has ended.</summary>
    Closed,
}
