namespace XenShared;

/// <summary>Specifies the kind of an error. Scripts compare these names, so they do not change.</summary>
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

    /// <summary>The host or file has no such domain.</summary>
    DomainNotFound,

    /// <summary>The domain ended while it was read.</summary>
    DomainVanished,

    /// <summary>The guest has not mapped its shared page yet.</summary>
    SharedInfoNotMapped,

    /// <summary>The program runs in this domain, and the kernel there does not let the program map the domain's own shared page.</summary>
    SharedInfoOfOwnDomain,

    /// <summary>A part of the shared page was being written at each attempt to read it, so it could not be read consistently.</summary>
    SharedInfoUnstable,

    /// <summary>The layout of the shared page could not be deduced.</summary>
    LayoutUnknown,

    /// <summary>The domain has no such port.</summary>
    EventChannelNotFound,

    /// <summary>The state of a channel or a vCPU is not known, such as its pending and mask bits.</summary>
    EventStateUnknown,

    /// <summary>
    /// The guest's memory was not searched, because Xen would have to populate pages for the search and could end the guest.
    /// </summary>
    ScanRefused,

    /// <summary>A check (guard) refused a write or an event, because it is not safe or not possible.</summary>
    PokeRefused,

    /// <summary>The value, or the binding of the port, changed between the check and the write.</summary>
    PokeLostRace,

    /// <summary>A change was made, but could not be written to the audit log.</summary>
    PokeNotLogged,

    /// <summary>This host, this kind of guest or this file does not support the operation, or a call failed for another reason.</summary>
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
