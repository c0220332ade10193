namespace XenShared.Reports;

/// <summary>What a map of channels shows of a port at a glance.</summary>
public enum ChannelMark
{
    /// <summary>Not in use.</summary>
    Closed,

    /// <summary>In use, and nothing waits.</summary>
    Idle,

    /// <summary>An event waits.</summary>
    Pending,

    /// <summary>The guest has switched it off.</summary>
    Masked,

    /// <summary>An event waits, and the guest has switched it off.</summary>
    PendingMasked,

    /// <summary>Whether an event waits is not known.</summary>
    Unknown,
}
