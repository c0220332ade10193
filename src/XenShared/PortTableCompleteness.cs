namespace XenShared;

/// <summary>Specifies how complete a list of ports is.</summary>
public enum PortTableCompleteness
{
    /// <summary>The status of every port was read. A port that is not listed is closed.</summary>
    Complete,

    /// <summary>Xen listed the ports in use. The number of all ports is not known.</summary>
    InUse,

    /// <summary>
    /// Ports in use were deduced from pending and masked bits in memory. Their binding is not known, and nothing is known about a port that
    /// is not listed.
    /// </summary>
    Inferred,
}
