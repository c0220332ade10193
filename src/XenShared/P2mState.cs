namespace XenShared;

/// <summary>Specifies the kind of an entry in a PV guest's P2M table.</summary>
public enum P2mState
{
    /// <summary>A machine frame stands behind it.</summary>
    Mapped,

    /// <summary>Nothing does: a hole, memory that was given back, or a number beyond the table.</summary>
    Missing,

    /// <summary>A frame of another domain, mapped by a grant.</summary>
    Foreign,

    /// <summary>The machine frame of the same number, of a device.</summary>
    Identity,
}
