namespace XenShared.Files.DebugKeys;

/// <summary>Specifies the role of a line in a dump of debug key <c>q</c>.</summary>
internal enum DomainStateLineKind
{
    /// <summary>The line that names the pressed key, which begins a dump.</summary>
    Announcement,

    /// <summary>The first line of a domain.</summary>
    Heading,

    /// <summary>The number of references to the domain, and whether it is dying.</summary>
    Counts,

    /// <summary>The number of pages of the domain.</summary>
    Pages,

    /// <summary>The UUID of the domain.</summary>
    Handle,

    /// <summary>The heading of the vCPUs of a domain.</summary>
    VcpuHeading,

    /// <summary>A vCPU.</summary>
    Vcpu,

    /// <summary>The pause flags of the vCPU in the line before.</summary>
    VcpuPause,

    /// <summary>A line that only Arm prints.</summary>
    Arm,

    /// <summary>A line that Xen prints after the last domain, or that belongs to another key.</summary>
    End,
}
