namespace XenShared.Files.DebugKeys;

/// <summary>Specifies what a line is to a dump of debug key <c>e</c>.</summary>
internal enum DebugKeyLineKind
{
    /// <summary>It is no part of a dump.</summary>
    Other,

    /// <summary>The line of the pressed key, which begins a dump.</summary>
    Announcement,

    /// <summary>The first line of a domain.</summary>
    Heading,

    /// <summary>The vCPUs that poll.</summary>
    PollingVcpus,

    /// <summary>The names of the columns.</summary>
    Columns,

    /// <summary>A port.</summary>
    Port,

    /// <summary>A line of a port of which something is missing.</summary>
    BrokenPort,

    /// <summary>A first line of a domain of which something is missing.</summary>
    BrokenHeading,
}
