namespace XenShared.Diagnosis.Evidence;

/// <summary>Specifies the state of the other end of a channel.</summary>
internal enum PeerState
{
    /// <summary>It is not known.</summary>
    Unknown,

    /// <summary>The port that is bound to this one.</summary>
    Fits,

    /// <summary>No domain of that number.</summary>
    NoDomain,

    /// <summary>A closed port.</summary>
    Closed,

    /// <summary>A port that waits for a connection.</summary>
    Unbound,

    /// <summary>A port that is bound to something else.</summary>
    Elsewhere,
}
