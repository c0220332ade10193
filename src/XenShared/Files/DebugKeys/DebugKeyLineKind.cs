namespace XenShared.Files.DebugKeys;

/// <summary>Specifies the role of a line in a dump of debug key <c>e</c>, or a line of key <c>q</c>.</summary>
internal enum DebugKeyLineKind
{
    /// <summary>A line outside a dump.</summary>
    Other,

    /// <summary>The line that names the pressed key, which begins a dump.</summary>
    Announcement,

    /// <summary>The first line of a domain.</summary>
    Heading,

    /// <summary>The list of the vCPUs that wait in <c>SCHEDOP_poll</c>.</summary>
    PollingVcpus,

    /// <summary>The names of the columns.</summary>
    Columns,

    /// <summary>A port.</summary>
    Port,

    /// <summary>An incomplete line of a port.</summary>
    BrokenPort,

    /// <summary>An incomplete first line of a domain.</summary>
    BrokenHeading,

    /// <summary>A line of debug key <c>q</c>.</summary>
    DomainState,

    /// <summary>An incomplete line of debug key <c>q</c>.</summary>
    BrokenDomainState,
}
