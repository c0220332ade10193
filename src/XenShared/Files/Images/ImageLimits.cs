namespace XenShared.Files.Images;

/// <summary>
/// Specifies the limits of a core dump or a saved guest. These files are untrusted, so every length is checked against the limits and the
/// size of the file before anything is allocated.
/// </summary>
public sealed record ImageLimits
{
    /// <summary>Gets the default limits.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>Gets the maximum number of sections of a core dump; <c>xl dump-core</c> writes 8.</summary>
    public int MaximumSections { get; init; } = 64;

    /// <summary>Gets the maximum size in bytes of the section name table, and of the notes, of a core dump.</summary>
    public int MaximumTableBytes { get; init; } = 1 << 16;

    /// <summary>Gets the maximum number of vCPUs of a guest.</summary>
    public int MaximumVcpus { get; init; } = 8192;

    /// <summary>Gets the maximum size in bytes of the configuration at the start of a saved guest.</summary>
    public int MaximumConfigBytes { get; init; } = 1 << 20;

    /// <summary>Gets the maximum size in bytes of a record of a saved guest (<c>REC_LENGTH_MAX</c>).</summary>
    public uint MaximumRecordBytes { get; init; } = 128u << 20;

    /// <summary>Gets the maximum number of records of a saved guest: enough for 16 TiB in pieces of 4 MiB.</summary>
    public int MaximumRecords { get; init; } = 1 << 22;

    /// <summary>Gets the maximum number of runs of consecutive pages in the file. Each needs 40 bytes of memory.</summary>
    public int MaximumRuns { get; init; } = 1 << 23;
}
