namespace XenShared;

/// <summary>Specifies the kind of an entry in a PV guest's P2M table.</summary>
public enum P2mState
{
    /// <summary>The entry has a machine frame.</summary>
    Mapped,

    /// <summary>The entry has no machine frame: a hole, memory that was released, or a number beyond the table.</summary>
    Missing,

    /// <summary>A frame of another domain, mapped by a grant.</summary>
    Foreign,

    /// <summary>The machine frame of the same number, of a device.</summary>
    Identity,
}
