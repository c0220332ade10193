namespace XenShared.Diagnosis.Evidence;

/// <summary>Specifies the state of the other end of a channel.</summary>
internal enum PeerState
{
    /// <summary>It was not seen, or not told.</summary>
    Unknown,

    /// <summary>The port that leads back.</summary>
    Fits,

    /// <summary>No domain of that number.</summary>
    NoDomain,

    /// <summary>A closed port.</summary>
    Closed,

    /// <summary>A port that waits for somebody to connect.</summary>
    Unbound,

    /// <summary>A port that is bound to something else.</summary>
    Elsewhere,
}
