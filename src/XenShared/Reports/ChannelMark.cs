namespace XenShared.Reports;

/// <summary>Specifies how a map of channels shows a port.</summary>
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

    /// <summary>The state is not known.</summary>
    Unknown,
}
