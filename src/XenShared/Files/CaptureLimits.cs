namespace XenShared.Files;

/// <summary>
/// Specifies the limits of a capture. Captures are untrusted, so every length is checked against these before anything is allocated for it.
/// </summary>
public sealed record CaptureLimits
{
    /// <summary>Gets the default limits.</summary>
    public static CaptureLimits Default { get; } = new();

    /// <summary>
    /// Gets the maximum length of a line in bytes. A line of console text in which each character is escaped has about 790,000.
    /// </summary>
    public int MaximumLineBytes { get; init; } = 1 << 20;

    /// <summary>Gets the maximum length of the uncompressed text in bytes.</summary>
    public long MaximumBytes { get; init; } = 512L << 20;

    /// <summary>Gets the maximum number of domains. Xen has 32,752 domain numbers.</summary>
    public int MaximumDomains { get; init; } = 0x7ff0;

    /// <summary>Gets the maximum number of samples of the shared page per domain.</summary>
    public int MaximumSamples { get; init; } = 16;

    /// <summary>Gets the maximum number of ports per domain, which is the limit of FIFO channels.</summary>
    public int MaximumPorts { get; init; } = 1 << 17;

    /// <summary>Gets the maximum number of times that the host was read for one capture.</summary>
    public int MaximumReads { get; init; } = 8;

    /// <summary>
    /// Gets the maximum number of ports of all domains in a read: enough for eight domains with all FIFO ports, or a thousand domains with
    /// a thousand ports.
    /// </summary>
    public int MaximumTotalPorts { get; init; } = 1 << 20;

    /// <summary>
    /// Gets the maximum length of a xenstore path or value in characters. A message of the xenstore protocol has at most 4,096 bytes.
    /// </summary>
    public int MaximumNodeText { get; init; } = 4096;

    /// <summary>
    /// Gets the maximum length of a text in bytes, as it is written in JSON: 4,096 characters, each escaped with six bytes. The text of
    /// Xen's output has a limit of its own, <see cref="MaximumConsole"/>.
    /// </summary>
    public int MaximumText { get; init; } = 6 * 4096;

    /// <summary>Gets the maximum number of xenstore nodes per domain.</summary>
    public int MaximumNodes { get; init; } = 8192;

    /// <summary>Gets the maximum length of Xen's console output in characters. The console ring usually has at most 16 MiB.</summary>
    public int MaximumConsole { get; init; } = 16 << 20;

    /// <summary>Gets the maximum number of vCPUs per domain.</summary>
    public int MaximumVcpus { get; init; } = 8192;
}
