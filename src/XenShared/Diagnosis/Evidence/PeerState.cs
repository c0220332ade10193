namespace XenShared.Diagnosis.Evidence;

/// <summary>Specifies the state of the other end of a channel.</summary>
internal enum PeerState
{
    /// <summary>The state is not known.</summary>
    Unknown,

    /// <summary>The other port is bound to this one.</summary>
    Fits,

    /// <summary>The other domain does not exist.</summary>
    NoDomain,

    /// <summary>The other port is closed.</summary>
    Closed,

    /// <summary>The other port waits for a connection.</summary>
    Unbound,

    /// <summary>The other port is bound to something else.</summary>
    Elsewhere,
}
