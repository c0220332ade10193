namespace XenShared;

/// <summary>Specifies the kind of an error. Scripts match these names, so they do not change.</summary>
public enum XenErrorId
{
    /// <summary>This machine is not a Xen host, or not its control domain.</summary>
    XenNotAvailable,

    /// <summary>Xen or the operating system denies access.</summary>
    XenAccessDenied,

    /// <summary>The versions of the Xen library and the hypervisor differ.</summary>
    XenInterfaceMismatch,

    /// <summary>A Xen library, or a function in it, is missing.</summary>
    XenLibraryNotFound,

    /// <summary>No such domain.</summary>
    DomainNotFound,

    /// <summary>The domain ended while it was read.</summary>
    DomainVanished,

    /// <summary>The guest has not mapped its shared page yet.</summary>
    SharedInfoNotMapped,

    /// <summary>The domain cannot map its own shared page.</summary>
    SharedInfoOfOwnDomain,

    /// <summary>A part of the page was being written at each attempt to read it, so it could not be read consistently.</summary>
    SharedInfoUnstable,

    /// <summary>The layout of the page could not be deduced.</summary>
    LayoutUnknown,

    /// <summary>The domain has no such port.</summary>
    EventChannelNotFound,

    /// <summary>The pending and masked bits of the channel are not known.</summary>
    EventStateUnknown,

    /// <summary>Searching the guest's memory would change it.</summary>
    ScanRefused,

    /// <summary>A guard stopped a write.</summary>
    PokeRefused,

    /// <summary>The value changed between the check and the write.</summary>
    PokeLostRace,

    /// <summary>A change was made, but could not be written to the audit log.</summary>
    PokeNotLogged,

    /// <summary>This host or this kind of guest does not support the operation.</summary>
    NotSupportedByHost,

    /// <summary>The remote host cannot be reached.</summary>
    HostUnreachable,

    /// <summary>The remote host has no <c>xenshared</c>.</summary>
    RemoteNotInstalled,

    /// <summary>The file is not of a supported kind.</summary>
    FileNotRecognised,

    /// <summary>The file is truncated or contains impossible values.</summary>
    FileDamaged,

    /// <summary>The condition was not met in time.</summary>
    WaitTimedOut,
}
