namespace XenShared;

/// <summary>Specifies a condition of a channel to wait for.</summary>
public enum ChannelCondition
{
    /// <summary>An event waits.</summary>
    Pending,

    /// <summary>No event waits.</summary>
    Idle,

    /// <summary>The guest has switched it off.</summary>
    Masked,

    /// <summary>The guest has it switched on.</summary>
    Unmasked,

    /// <summary>It is closed, or its domain is gone.</summary>
    Closed,
}
