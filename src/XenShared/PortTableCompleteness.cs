namespace XenShared;

/// <summary>Specifies how complete a list of ports is.</summary>
public enum PortTableCompleteness
{
    /// <summary>The status of every port was read. A port that is not listed is closed.</summary>
    Complete,

    /// <summary>
    /// The list is from the output of <c>lsevtchn</c> or of Xen's debug key <c>e</c>, which can be incomplete. So a port that is not listed
    /// can be in use.
    /// </summary>
    InUse,

    /// <summary>
    /// The list was deduced from pending and mask bits in memory, so the binding of its ports is not known. A port that is not listed can
    /// be in use.
    /// </summary>
    Inferred,
}
