namespace XenShared;

/// <summary>Specifies the kind of an error. Runbooks match these names; they do not change.</summary>
public enum XenErrorId
{
    /// <summary>This machine is no Xen host, or not its control domain.</summary>
    XenNotAvailable,

    /// <summary>Xen, or the system, does not let this user do it.</summary>
    XenAccessDenied,

    /// <summary>The library and the running hypervisor are of different versions.</summary>
    XenInterfaceMismatch,

    /// <summary>A Xen library, or a function in it, is missing.</summary>
    XenLibraryNotFound,

    /// <summary>No such domain.</summary>
    DomainNotFound,

    /// <summary>The domain went away while it was looked at.</summary>
    DomainVanished,

    /// <summary>The guest has not mapped its shared page yet.</summary>
    SharedInfoNotMapped,

    /// <summary>A domain's own page cannot be mapped from inside it.</summary>
    SharedInfoOfOwnDomain,

    /// <summary>A part of the page was being written at each attempt to read it.</summary>
    SharedInfoUnstable,

    /// <summary>The page does not tell its own shape.</summary>
    LayoutUnknown,

    /// <summary>The domain has no such port.</summary>
    EventChannelNotFound,

    /// <summary>Pending and masked of the channel are not known.</summary>
    EventStateUnknown,

    /// <summary>Searching the guest's memory would change it.</summary>
    ScanRefused,

    /// <summary>A guard stopped a write.</summary>
    PokeRefused,

    /// <summary>The value changed between the look and the write.</summary>
    PokeLostRace,

    /// <summary>A change was made, and the audit log does not have it.</summary>
    PokeNotLogged,

    /// <summary>This host, or this kind of guest, does not offer it.</summary>
    NotSupportedByHost,

    /// <summary>The remote host does not answer.</summary>
    HostUnreachable,

    /// <summary>The remote host has no <c>xenshared</c>.</summary>
    RemoteNotInstalled,

    /// <summary>The file is of no known kind.</summary>
    FileNotRecognised,

    /// <summary>The file is cut off, or says what cannot be.</summary>
    FileDamaged,

    /// <summary>The condition was not met in time.</summary>
    WaitTimedOut,
}
