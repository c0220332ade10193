namespace XenShared.Files.Images;

/// <summary>
/// Specifies the limits of a core dump or a saved guest. They are untrusted, so every length is checked against these, and against the
/// file's own, before anything is allocated for it.
/// </summary>
public sealed record ImageLimits
{
    /// <summary>Gets the limits that hold unless others are given.</summary>
    public static ImageLimits Default { get; } = new();

    /// <summary>Sections of a core dump; <c>xl dump-core</c> makes 8.</summary>
    public int MaximumSections { get; init; } = 64;

    /// <summary>Bytes of the table of section names, and of the notes, of a core dump.</summary>
    public int MaximumTableBytes { get; init; } = 1 << 16;

    /// <summary>vCPUs of a guest.</summary>
    public int MaximumVcpus { get; init; } = 8192;

    /// <summary>Bytes of the guest's configuration before a saved guest.</summary>
    public int MaximumConfigBytes { get; init; } = 1 << 20;

    /// <summary>Bytes of a record of a saved guest (<c>REC_LENGTH_MAX</c>).</summary>
    public uint MaximumRecordBytes { get; init; } = 128u << 20;

    /// <summary>Records of a saved guest: enough for 16 TiB in pieces of 4 MiB.</summary>
    public int MaximumRecords { get; init; } = 1 << 22;

    /// <summary>Pieces of memory that lie apart in the file or in the guest. Each takes 40 bytes of ours.</summary>
    public int MaximumRuns { get; init; } = 1 << 23;
}
