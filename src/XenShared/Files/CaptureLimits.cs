namespace XenShared.Files;

/// <summary>
/// Specifies the limits of a capture. Captures are untrusted, so every length is checked against these before anything is allocated for it.
/// </summary>
public sealed record CaptureLimits
{
    /// <summary>Gets the limits that hold unless others are given.</summary>
    public static CaptureLimits Default { get; } = new();

    /// <summary>Bytes of a line; the longest that is written has about 300,000 (a chunk of ports).</summary>
    public int MaximumLineBytes { get; init; } = 1 << 20;

    /// <summary>Bytes of the whole text, after decompression.</summary>
    public long MaximumBytes { get; init; } = 512L << 20;

    /// <summary>Domains; Xen has numbers for 32,752.</summary>
    public int MaximumDomains { get; init; } = 0x7ff0;

    /// <summary>Samples of a domain's page.</summary>
    public int MaximumSamples { get; init; } = 16;

    /// <summary>Ports of a domain; FIFO's limit.</summary>
    public int MaximumPorts { get; init; } = 1 << 17;

    /// <summary>Ports of all domains: eight domains with as many as FIFO has, or a thousand with a thousand each.</summary>
    public int MaximumTotalPorts { get; init; } = 1 << 20;

    /// <summary>Characters of a xenstore path or value; a message of xenstore's protocol has 4,096 bytes.</summary>
    public int MaximumNodeText { get; init; } = 4096;

    /// <summary>xenstore nodes of a domain.</summary>
    public int MaximumNodes { get; init; } = 8192;

    /// <summary>Characters of what Xen printed; its console ring has 16 MiB at most as a rule.</summary>
    public int MaximumConsole { get; init; } = 16 << 20;

    /// <summary>vCPUs of a domain.</summary>
    public int MaximumVcpus { get; init; } = 8192;
}
