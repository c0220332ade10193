namespace XenShared.Files;

/// <summary>Specifies the kind of a file, detected from its first bytes.</summary>
public enum FileKind
{
    /// <summary>Not a supported kind.</summary>
    Unknown,

    /// <summary>A gzip file. The kind of its content is known after decompression.</summary>
    Gzip,

    /// <summary>A capture.</summary>
    Capture,

    /// <summary>An ELF file, such as a core dump.</summary>
    Elf,

    /// <summary>A saved guest, or a stream of a migration.</summary>
    SavedGuest,

    /// <summary>A single page: exactly 4,096 bytes.</summary>
    Page,

    /// <summary>A text, possibly a console log.</summary>
    Text,
}
