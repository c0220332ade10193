namespace XenShared;

/// <summary>Specifies the kind of an entry in a PV guest's P2M table.</summary>
public enum P2mState
{
    /// <summary>The entry has the machine frame of a page of the guest's own memory.</summary>
    Mapped,

    /// <summary>
    /// The entry has no machine frame: a hole, memory that was released, or a PFN beyond the table. Also if the page of the table with the
    /// entry cannot be mapped.
    /// </summary>
    Missing,

    /// <summary>A frame of another domain, mapped by a grant.</summary>
    Foreign,

    /// <summary>A frame of a device, whose machine frame number equals the PFN.</summary>
    Identity,
}
