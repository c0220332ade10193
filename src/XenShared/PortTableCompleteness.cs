namespace XenShared;

/// <summary>Specifies how complete a list of ports is.</summary>
public enum PortTableCompleteness
{
    /// <summary>Xen was asked for every port: one that is not listed is closed.</summary>
    Complete,

    /// <summary>Xen listed those in use: how many there are in all is not known.</summary>
    InUse,

    /// <summary>
    /// Only those whose pending and masked bits show them, in memory: what they are bound to is not known, nor is anything of a port that
    /// is not listed.
    /// </summary>
    Inferred,
}
