namespace XenShared.Reports;

/// <summary>Specifies how a map of channels shows a port.</summary>
public enum ChannelMark
{
    /// <summary>Not in use.</summary>
    Closed,

    /// <summary>In use, without a pending event.</summary>
    Idle,

    /// <summary>An event is pending.</summary>
    Pending,

    /// <summary>The guest has masked the channel.</summary>
    Masked,

    /// <summary>An event is pending, and the guest has masked the channel.</summary>
    PendingMasked,

    /// <summary>The state is not known.</summary>
    Unknown,
}
